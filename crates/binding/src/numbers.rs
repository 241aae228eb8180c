//! Channels of numbers, seen from outside: bytes go in and out, whatever the width of the elements.
//!
//! A ring of `T` holds nothing but `T`, one byte for a `u8`, and blocks are copied by the processor's
//! fastest way. Such a channel cannot tell an isolate of a value by mail, which carries
//! [`Value`](crate::value::Value)s; a parked operation is a future that the isolate polls instead
//! (`futures.rs`).

use crate::value::Value;
use gosched_runtime::chan::Hchan;
use gosched_runtime::error::{TryRecvError, TrySendError};
use gosched_runtime::select::MixedCase;
use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;

/// How a parked operation ended.
pub enum Moved {
    /// All were sent.
    Sent,
    /// The channel was closed after so many were sent.
    SendOnClosed(usize),
    /// These were received, of the code.
    Received(i32, Box<[u8]>),
    /// Closed and drained.
    Drained,
}

/// A parked operation.
pub type Moving = Pin<Box<dyn Future<Output = Moved> + Send>>;

/// An operation that does not park.
pub enum Tried {
    /// So many elements were moved: not all of a block, if there was no room or nothing more.
    Moved(usize),
    /// The channel is closed; for a receiver, and drained.
    Closed,
}

/// A channel of numbers.
pub trait Numbers: Send + Sync {
    /// The code of its typed array in `ts/internal/binary.ts`.
    fn code(&self) -> i32;
    /// Bytes of an element.
    fn width(&self) -> usize;
    fn len(&self) -> usize;
    fn capacity(&self) -> usize;
    fn is_closed(&self) -> bool;
    /// False: it was closed before.
    fn close(&self) -> bool;
    /// Sends, in order, what there is room for. `bytes` are whole elements.
    fn try_send(&self, bytes: &[u8]) -> Tried;
    /// Receives what is there and fits.
    fn try_recv(&self, into: &mut [u8]) -> Tried;
    /// Sends all, waiting for room.
    fn send(self: Arc<Self>, bytes: Box<[u8]>) -> Moving;
    /// Receives at least one and at most `max`, waiting for one.
    fn recv(self: Arc<Self>, max: usize) -> Moving;
    /// Receiving one, as a case of a `select`.
    fn recv_case(self: Arc<Self>) -> MixedCase<Value>;
    /// Sending one, as a case of a `select`. It has been checked that the elements can be it.
    fn send_case(self: Arc<Self>, number: f64) -> MixedCase<Value>;
}

/// What a channel of numbers may carry.
pub trait Number: Copy + Default + Send + Sync + 'static {
    const CODE: i32;
    fn of(number: f64) -> Self;
    fn value(self) -> Value;
}

/// A channel of `T`.
struct Of<T>(Hchan<T>);

/// The channel inside, kept by whoever has this.
struct Inside<T>(Arc<Of<T>>);

impl<T> Deref for Inside<T> {
    type Target = Hchan<T>;

    fn deref(&self) -> &Hchan<T> {
        &self.0.0
    }
}

fn of<T: Number>(capacity: usize) -> Option<Arc<dyn Numbers>> {
    Some(Arc::new(Of(Hchan::<T>::try_new(capacity)?)))
}

macro_rules! numbers {
    ($($number:ty = $code:literal),*) => {
        $(impl Number for $number {
            const CODE: i32 = $code;

            fn of(number: f64) -> Self {
                number as $number
            }

            fn value(self) -> Value {
                Value::number(self.into())
            }
        })*

        /// A channel of the elements that `code` names. `None`: no such code, or no memory.
        pub fn make(code: i32, capacity: usize) -> Option<Arc<dyn Numbers>> {
            match code {
                $($code => of::<$number>(capacity),)*
                _ => None,
            }
        }
    };
}

numbers!(
    i8 = 0,
    u8 = 1,
    i16 = 3,
    u16 = 4,
    i32 = 5,
    u32 = 6,
    f32 = 7,
    f64 = 8
);

/// The most elements that are copied to the stack when the caller's bytes are not aligned.
const UNALIGNED: usize = 64;

/// Applies `f` to the elements in `bytes`; copies them first if they are not aligned.
fn with_elements<T: Number, R>(bytes: &[u8], f: impl FnOnce(&[T]) -> R) -> R {
    // SAFETY: every pattern of bits is a `T`: the numbers above.
    let (before, elements, after) = unsafe { bytes.align_to::<T>() };
    if before.is_empty() && after.is_empty() {
        return f(elements);
    }
    let copy: Vec<T> = bytes
        .chunks_exact(size_of::<T>())
        // SAFETY: a chunk has the size of a `T`, of which every pattern of bits is one.
        .map(|chunk| unsafe { chunk.as_ptr().cast::<T>().read_unaligned() })
        .collect();
    f(&copy)
}

fn bytes_of<T: Number>(elements: &[T]) -> Box<[u8]> {
    // SAFETY: as many bytes as the elements have; numbers have no padding.
    let bytes = unsafe {
        std::slice::from_raw_parts(elements.as_ptr().cast::<u8>(), size_of_val(elements))
    };
    bytes.into()
}

impl<T: Number> Numbers for Of<T> {
    fn code(&self) -> i32 {
        T::CODE
    }

    fn width(&self) -> usize {
        size_of::<T>()
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn capacity(&self) -> usize {
        self.0.capacity()
    }

    fn is_closed(&self) -> bool {
        self.0.is_closed()
    }

    fn close(&self) -> bool {
        self.0.close().is_ok()
    }

    fn try_send(&self, bytes: &[u8]) -> Tried {
        with_elements::<T, _>(bytes, |elements| match elements {
            [one] => match self.0.try_send(*one) {
                Ok(()) => Tried::Moved(1),
                Err(TrySendError::Full(_)) => Tried::Moved(0),
                Err(TrySendError::Closed(_)) => Tried::Closed,
            },
            _ => match self.0.try_send_block(elements) {
                Ok(sent) => Tried::Moved(sent),
                Err(_) => Tried::Closed,
            },
        })
    }

    fn try_recv(&self, into: &mut [u8]) -> Tried {
        // SAFETY: every pattern of bits is a `T`, and a `T` is nothing but bytes.
        let (before, elements, after) = unsafe { into.align_to_mut::<T>() };
        if before.is_empty() && after.is_empty() {
            return tried(self.0.try_recv_block(elements));
        }
        // Rare: a typed array is aligned. A part of it is received.
        let mut some = [T::default(); UNALIGNED];
        let wanted = (into.len() / size_of::<T>()).min(UNALIGNED);
        let got = self.0.try_recv_block(&mut some[..wanted]);
        let bytes = bytes_of(&some[..*got.as_ref().unwrap_or(&0)]);
        into[..bytes.len()].copy_from_slice(&bytes);
        tried(got)
    }

    fn send(self: Arc<Self>, bytes: Box<[u8]>) -> Moving {
        let elements = with_elements::<T, _>(&bytes, <[T]>::to_vec);
        Box::pin(async move {
            match self.0.send_block(&elements).await {
                Ok(()) => Moved::Sent,
                Err(error) => Moved::SendOnClosed(error.sent),
            }
        })
    }

    fn recv(self: Arc<Self>, max: usize) -> Moving {
        Box::pin(async move {
            // Nothing is there yet. What comes first is one element, or a sender's block: room for
            // as many as were asked for, or as the ring has, whichever is less.
            let mut into = vec![T::default(); max.min(self.0.capacity().max(1))];
            match self.0.recv_block(&mut into).await {
                0 => Moved::Drained,
                got => Moved::Received(T::CODE, bytes_of(&into[..got])),
            }
        })
    }

    fn recv_case(self: Arc<Self>) -> MixedCase<Value> {
        MixedCase::recv(Inside(self), T::value)
    }

    fn send_case(self: Arc<Self>, number: f64) -> MixedCase<Value> {
        MixedCase::send(Inside(self), T::of(number), T::value)
    }
}

fn tried(received: Result<usize, TryRecvError>) -> Tried {
    match received {
        Ok(got) => Tried::Moved(got),
        Err(TryRecvError::Empty) => Tried::Moved(0),
        Err(TryRecvError::Closed) => Tried::Closed,
    }
}
