//! A store-load barrier of which one side pays for both.
//!
//! Where two threads each store and then look at what the other stores, one of them at least must
//! see the other's, so each puts a `fence(SeqCst)` between: a locked instruction, 7 ns here. If one
//! side passes a million times for each time the other does, the other can pay for both:
//! `membarrier(2)` makes every thread of the process that runs pass a full barrier before it returns
//! (0.2 us here; a thread that does not run has passed one when it was taken off its processor).
//!
//! - [`light`] is nothing but an order to the compiler.
//! - [`heavy`] is the call.
//!
//! Argument, as for two fences: the call's barrier in the light side's thread falls somewhere. If
//! after its store, the heavy side, which looks later, sees that. If before, it is before the light
//! side's look too, since the compiler may not move that, and the look sees what the heavy side stored
//! before its call.
//!
//! Where there is no such call (other systems, Linux before 4.14, a sandbox that forbids it), and in
//! models, both are `fence(SeqCst)`. Which of the two holds is decided once, by
//! [`prepare`], before anything that relies on it exists, and never changes.
//!
//! Rejected: the crate `membarrier` (the same call; not kept since 2020, and it decides when it is
//! first used, in the path that must cost nothing).

pub(crate) use system::{heavy, light, prepare};

#[cfg(all(target_os = "linux", not(loom), not(miri)))]
mod system {
    use crate::loom::fence;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicBool, Ordering::Relaxed, Ordering::SeqCst, compiler_fence};

    static PREPARED: OnceLock<()> = OnceLock::new();
    /// Whether the process is registered for the call. Written once, before `PREPARED` is.
    static CALLS: AtomicBool = AtomicBool::new(false);

    fn membarrier(command: libc::c_int) -> bool {
        // SAFETY: the call takes three integers and no memory.
        let done = unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) };
        done == 0
    }

    /// Decides which kind of barrier it is. To be called before the first use of the others by
    /// whoever makes what they protect.
    #[inline]
    pub(crate) fn prepare() {
        PREPARED.get_or_init(|| {
            let ready = membarrier(libc::MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED)
                && membarrier(libc::MEMBARRIER_CMD_PRIVATE_EXPEDITED);
            CALLS.store(ready, Relaxed); // `OnceLock` orders it
        });
    }

    /// The side that passes often: between its store and its look.
    #[inline]
    pub(crate) fn light() {
        // Relaxed: as it was when `prepare` returned.
        if CALLS.load(Relaxed) {
            compiler_fence(SeqCst);
        } else {
            fence(SeqCst); // partner: the one in `heavy`
        }
    }

    /// The side that passes rarely: between its store and its look.
    #[cold]
    pub(crate) fn heavy() {
        if !CALLS.load(Relaxed) {
            fence(SeqCst); // partner: the one in `light`
            return;
        }
        // It fails only while the kernel is short of memory. There is no going on without it.
        while !membarrier(libc::MEMBARRIER_CMD_PRIVATE_EXPEDITED) {
            std::thread::yield_now();
        }
    }
}

#[cfg(not(all(target_os = "linux", not(loom), not(miri))))]
mod system {
    use crate::loom::fence;
    use std::sync::atomic::Ordering::SeqCst;

    pub(crate) fn prepare() {}

    #[inline]
    pub(crate) fn light() {
        fence(SeqCst); // partner: the one in `heavy`
    }

    pub(crate) fn heavy() {
        fence(SeqCst); // partner: the one in `light`
    }
}
