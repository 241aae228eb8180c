//! `SharedMap`: a map that many threads use at once.
//!
//! 32 shards, each a map with a lock of its own, chosen by the key's hash: two threads meet only if
//! their keys' shards do. Values are behind an `Arc`, so that a shard is locked while a pointer is
//! copied, never while a value is, and what is replaced or removed is dropped after the lock.
//!
//! Invariants: a key is in one shard, always the same; `get` gives what one `set` put there. Each
//! operation on one key is atomic. [`entries`](SharedMap::entries) and [`len`](SharedMap::len) are
//! atomic for each shard, not for the map: as in Go's `sync.Map`.
//!
//! # Updating
//!
//! No user's code runs under a shard's lock, not even that of an update: it might come back to the
//! same shard, and in JavaScript it might never end. [`update`](SharedMap::update) computes outside,
//! and puts the result in place only if the entry is still the very one it read (the same `Arc`,
//! which cannot have been reused while it is held here); otherwise it computes again. An update that
//! fails did so because another succeeded, so some thread always makes progress.
//!
//! Rejected: one lock for all (the threads of a cache would take turns); a lock-free table (far more
//! code to prove, for sections of some 20 ns).

use crate::lock::{Lock, Rank};
use std::collections::HashMap;
use std::collections::hash_map::{Entry, RandomState};
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher};
use std::sync::Arc;

/// More than threads on most machines; so two of them seldom meet. A power of two.
const SHARDS: usize = 32;

/// A key and its hash, computed once.
struct Hashed<K> {
    hash: u64,
    key: K,
}

impl<K: PartialEq> PartialEq for Hashed<K> {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash && self.key == other.key
    }
}

impl<K: Eq> Eq for Hashed<K> {}

impl<K> Hash for Hashed<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

/// Gives back what [`Hashed`] has computed.
#[derive(Default)]
struct Given(u64);

impl Hasher for Given {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("keys have been hashed to one word");
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

type Shard<K, V> = HashMap<Hashed<K>, Arc<V>, BuildHasherDefault<Given>>;

/// See the module's documentation.
pub struct SharedMap<K, V> {
    /// Keyed at random, so that nobody can choose keys that meet.
    random: RandomState,
    shards: [Lock<Shard<K, V>>; SHARDS],
}

impl<K: Hash + Eq, V> Default for SharedMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Hash + Eq, V> SharedMap<K, V> {
    /// An empty map.
    pub fn new() -> Self {
        Self {
            random: RandomState::new(),
            shards: std::array::from_fn(|_| Lock::new(Rank::Sync, Shard::default())),
        }
    }

    fn place(&self, key: K) -> (&Lock<Shard<K, V>>, Hashed<K>) {
        let hash = self.random.hash_one(&key);
        // The table inside uses the lowest and the highest bits.
        let shard = &self.shards[(hash >> 32) as usize % SHARDS];
        (shard, Hashed { hash, key })
    }

    /// What is there.
    pub fn get(&self, key: K) -> Option<Arc<V>> {
        let (shard, key) = self.place(key);
        shard.lock().get(&key).cloned()
    }

    /// Whether anything is there.
    pub fn has(&self, key: K) -> bool {
        let (shard, key) = self.place(key);
        shard.lock().contains_key(&key)
    }

    /// Puts a value there. Gives what was there before.
    pub fn set(&self, key: K, value: V) -> Option<Arc<V>> {
        let (shard, key) = self.place(key);
        let value = Arc::new(value);
        shard.lock().insert(key, value)
    }

    /// What is there, or else `value`, put there now. `true`: it was there.
    pub fn get_or_set(&self, key: K, value: V) -> (Arc<V>, bool) {
        let (shard, key) = self.place(key);
        let ours = Arc::new(value);
        match shard.lock().entry(key) {
            Entry::Occupied(entry) => (entry.get().clone(), true),
            Entry::Vacant(entry) => (entry.insert(ours.clone()).clone(), false),
        }
    }

    /// Takes away what is there.
    pub fn delete(&self, key: K) -> Option<Arc<V>> {
        let (shard, key) = self.place(key);
        let removed = {
            let mut shard = shard.lock();
            let removed = shard.remove_entry(&key);
            // What is nearly empty gives its memory back; halving leaves room to grow again.
            if shard.len() * 8 < shard.capacity() && shard.capacity() > 64 {
                let half = shard.capacity() / 2;
                shard.shrink_to(half);
            }
            removed
        };
        removed.map(|(_, value)| value)
    }

    /// Puts `new` in the place of `old`, or takes `old` away, if it is still there: the very value
    /// that was read, or nothing if nothing was. `false`: something else is there, and stays.
    pub fn replace(&self, key: K, old: Option<&Arc<V>>, new: Option<Arc<V>>) -> bool {
        let (shard, key) = self.place(key);
        let mut shard = shard.lock();
        if shard.get(&key).map(Arc::as_ptr) != old.map(Arc::as_ptr) {
            drop(shard); // before `new` is
            return false;
        }
        let gone = match new {
            Some(new) => shard.insert(key, new).map(|value| (None, value)),
            None => shard
                .remove_entry(&key)
                .map(|(key, value)| (Some(key), value)),
        };
        drop(shard);
        drop(gone);
        true
    }

    /// Computes a value from the one that is there, and puts it there; `None` takes it away. `f` runs
    /// again if the entry was changed meanwhile. Gives the value that was put there.
    pub fn update(&self, key: &K, mut f: impl FnMut(Option<&V>) -> Option<V>) -> Option<Arc<V>>
    where
        K: Clone,
    {
        loop {
            let old = self.get(key.clone());
            let new = f(old.as_deref()).map(Arc::new);
            if self.replace(key.clone(), old.as_ref(), new.clone()) {
                return new;
            }
        }
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().len()).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes everything away.
    pub fn clear(&self) {
        for shard in &self.shards {
            let gone = std::mem::take(&mut *shard.lock());
            drop(gone);
        }
    }

    /// All entries, as each shard had them when its turn came.
    pub fn entries(&self) -> Vec<(K, Arc<V>)>
    where
        K: Clone,
    {
        let mut entries = Vec::new();
        for shard in &self.shards {
            // Room is made with no lock held; if it was too little, once more.
            let mut wanted = 0;
            loop {
                entries.reserve(wanted);
                let shard = shard.lock();
                if entries.capacity() - entries.len() >= shard.len() {
                    let pairs = shard.iter();
                    entries
                        .extend(pairs.map(|(hashed, value)| (hashed.key.clone(), value.clone())));
                    break;
                }
                wanted = shard.len() + shard.len() / 8 + 1;
            }
        }
        entries
    }
}
