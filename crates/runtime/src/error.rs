//! What channel operations can fail with. A value that was not sent comes back.

use std::fmt;

/// `send` met a closed channel. Go panics with the same words.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub struct SendError<T>(pub T);

/// Why a non-blocking send did not happen.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub enum TrySendError<T> {
    /// No room and no waiting receiver.
    Full(T),
    /// The channel is closed.
    Closed(T),
}

/// Sending a block met a closed channel.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub struct SendBlockError {
    /// How many values, from the block's first on, were sent before.
    pub sent: usize,
}

/// Why a non-blocking receive got no value.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub enum TryRecvError {
    /// Nothing buffered and no waiting sender.
    Empty,
    /// Closed and drained.
    Closed,
}

/// The channel was closed before.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub struct CloseError;

/// A goroutine's function panicked; carries the panic's message.
#[derive(Debug, PartialEq, Eq, Clone)]
pub struct Panicked(pub String);

impl<T> fmt::Display for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("send on closed channel")
    }
}

impl<T> fmt::Display for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "channel is full",
            Self::Closed(_) => "send on closed channel",
        })
    }
}

impl fmt::Display for SendBlockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "send on closed channel, after {} values", self.sent)
    }
}

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "channel is empty",
            Self::Closed => "channel is closed and drained",
        })
    }
}

impl fmt::Display for CloseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("close of closed channel")
    }
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "goroutine panicked: {}", self.0)
    }
}

impl<T: fmt::Debug> std::error::Error for SendError<T> {}
impl<T: fmt::Debug> std::error::Error for TrySendError<T> {}
impl std::error::Error for SendBlockError {}
impl std::error::Error for TryRecvError {}
impl std::error::Error for CloseError {}
impl std::error::Error for Panicked {}
