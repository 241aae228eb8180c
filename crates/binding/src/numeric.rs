//! Channels of numbers, as TypeScript's `NumericChan` calls them.

use crate::chan::status;
use crate::handle::Handle;
use crate::isolate::Isolate;
use crate::numbers::{self, Moved, Numbers, Tried};
use crate::page;
use crate::raw::{self, call};
use gosched_runtime::g::Reason;
use napi::sys;
use std::ptr;
use std::sync::Arc;

call!(Make = make);
/// In: `NUMBER` the capacity, `KIND` the code of the elements. Out: `HANDLE`; `STATUS` 1 if the system
/// has no room for it.
fn make(isolate: &mut Isolate) {
    let capacity = isolate.page.double(page::NUMBER) as usize;
    let Some(numbers) = numbers::make(isolate.page.word(page::KIND), capacity) else {
        return isolate.page.set_word(page::STATUS, 1);
    };
    let index = isolate.handles.intern(Handle::Numbers(numbers));
    isolate.page.set_word(page::HANDLE, index as i32);
    isolate.page.set_word(page::STATUS, 0);
}

call!(State = state);
/// In: `HANDLE`. Out: `NUMBER` is the length, `NUMBER2` the capacity, `KIND` 1 if closed, `COUNT` the
/// code of the elements.
fn state(isolate: &mut Isolate) {
    let Some(numbers) = numbers_of(isolate) else {
        return;
    };
    let page = &isolate.page;
    page.set_double(page::NUMBER, numbers.len() as f64);
    page.set_double(page::NUMBER2, numbers.capacity() as f64);
    page.set_word(page::KIND, i32::from(numbers.is_closed()));
    page.set_word(page::COUNT, numbers.code());
    isolate.done(status::DONE);
}

call!(Close = close);
/// In: `HANDLE`. Out: `STATUS`.
fn close(isolate: &mut Isolate) {
    if let Some(numbers) = numbers_of(isolate) {
        let closed = numbers.close();
        isolate.done(if closed { status::DONE } else { status::CLOSED });
    }
}

call!(Send = with send);
/// Argument: a typed array of the elements. In: `HANDLE`, `TICKET`, `KIND` 1 if it may park. Out:
/// `STATUS`; `COUNT` how many were sent, of those that cannot park or met a close.
fn send(isolate: &mut Isolate, env: sys::napi_env, arg: sys::napi_value) -> sys::napi_value {
    let (Some(numbers), Some(bytes)) = (numbers_of(isolate), raw::bytes_mut(env, arg)) else {
        return ptr::null_mut();
    };
    let width = numbers.width();
    let all = bytes.len() / width;
    let (status, count) = match numbers.try_send(bytes) {
        Tried::Closed => (status::CLOSED, 0),
        Tried::Moved(count) if count == all || isolate.page.word(page::KIND) == 0 => {
            (status::DONE, count)
        }
        Tried::Moved(count) => {
            let rest = bytes[count * width..].into();
            let ticket = isolate.page.word(page::TICKET) as u32;
            let (object, capacity) = place(&numbers);
            match isolate.wait_for(ticket, numbers.send(rest)) {
                None => {
                    isolate.parks(Reason::ChanSend, object, capacity);
                    (status::PARKED, count)
                }
                Some(Moved::SendOnClosed(more)) => (status::CLOSED, count + more),
                Some(_) => (status::DONE, all),
            }
        }
    };
    isolate.page.set_word(page::COUNT, count as i32);
    isolate.done(status);
    ptr::null_mut()
}

call!(Receive = with receive);
/// Argument: a typed array to receive into, not empty. In: `HANDLE`, `TICKET`, `KIND` 1 if it may park.
/// Out: `STATUS`; `COUNT` how many were received, 0 if one that cannot park would.
fn receive(isolate: &mut Isolate, env: sys::napi_env, arg: sys::napi_value) -> sys::napi_value {
    let (Some(numbers), Some(bytes)) = (numbers_of(isolate), raw::bytes_mut(env, arg)) else {
        return ptr::null_mut();
    };
    let (status, count) = match numbers.try_recv(bytes) {
        Tried::Closed => (status::CLOSED, 0),
        Tried::Moved(0) if isolate.page.word(page::KIND) == 1 => {
            let max = bytes.len() / numbers.width();
            let ticket = isolate.page.word(page::TICKET) as u32;
            let (object, capacity) = place(&numbers);
            match isolate.wait_for(ticket, numbers.recv(max)) {
                None => {
                    isolate.parks(Reason::ChanReceive, object, capacity);
                    (status::PARKED, 0)
                }
                Some(Moved::Received(_, got)) => {
                    bytes[..got.len()].copy_from_slice(&got);
                    (status::DONE, max * got.len() / bytes.len())
                }
                Some(_) => (status::CLOSED, 0),
            }
        }
        Tried::Moved(count) => (status::DONE, count),
    };
    isolate.page.set_word(page::COUNT, count as i32);
    isolate.done(status);
    ptr::null_mut()
}

/// What reports say of it: its address and capacity.
fn place(numbers: &Arc<dyn Numbers>) -> (usize, usize) {
    (Arc::as_ptr(numbers).cast::<()>().addr(), numbers.capacity())
}

fn numbers_of(isolate: &mut Isolate) -> Option<Arc<dyn Numbers>> {
    let index = isolate.page.word(page::HANDLE) as u32;
    match isolate.handles.get(index) {
        Some(Handle::Numbers(numbers)) => Some(numbers.clone()),
        _ => {
            isolate.done(status::BAD_HANDLE);
            None
        }
    }
}
