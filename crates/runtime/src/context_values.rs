//! The values of a context: an immutable list, each entry on top of its parent's.
//!
//! An entry is made with its key; its value is set once, when a context that knows it is first given
//! to another isolate. Until then the isolate that made it is the only one that can ask, and has the
//! value itself. So a value that nobody passes on is never encoded.

use crate::loom::Arc;
use std::sync::OnceLock;

/// An entry, and those below it.
pub struct Values<V> {
    key: Box<str>,
    value: OnceLock<Result<V, V>>,
    below: Option<Arc<Values<V>>>,
}

impl<V> Values<V> {
    /// An entry without a value yet.
    pub fn on(below: Option<Arc<Self>>, key: &str) -> Arc<Self> {
        Arc::new(Self {
            key: key.into(),
            value: OnceLock::new(),
            below,
        })
    }

    /// Sets the value of this entry: `Err` carries why it cannot be given to anyone. Only the first
    /// call counts.
    pub fn set(&self, value: Result<V, V>) {
        let _ = self.value.set(value);
    }

    /// The value of this entry, if it is set.
    pub fn value(&self) -> Option<&Result<V, V>> {
        self.value.get()
    }

    /// The nearest entry with this key.
    pub fn find(&self, key: &str) -> Option<&Self> {
        let mut entry = Some(self);
        while let Some(at) = entry {
            if *at.key == *key {
                return entry;
            }
            entry = at.below.as_deref();
        }
        None
    }
}

impl<V> Drop for Values<V> {
    /// From the top down in a loop: a list of a million must not overflow the stack.
    fn drop(&mut self) {
        let mut below = self.below.take();
        while let Some(mut entry) = below.and_then(Arc::into_inner) {
            below = entry.below.take();
        }
    }
}
