//! One environment's state: what every call of this addon works on.
//!
//! Made when the library is loaded into an environment, boxed at a fixed address that all of its
//! functions carry, and freed by the environment's cleanup hook, after which no JavaScript of that
//! environment runs. The scheduler is one for the process: environments find it in a static, which
//! holds nothing that belongs to an environment but entries that the hook removes.
//!
//! A test runner may load the library anew for each file of tests, in one environment (jest). Each copy
//! then has a page, handles and tickets of its own, and is an isolate of its own to the scheduler. They
//! share the thread, so what holds for an isolate's thread holds for each. (Rejected: one state that the
//! next copy takes over. The one before is still at work: promises, timers, what other threads tell it.)

use crate::ends::{Ends, Epitaph};
use crate::futures::Futures;
use crate::handle::Handles;
use crate::host::{NodeHost, Role};
use crate::map::{self, Key};
use crate::page::{self, Page};
use crate::raw::{self, call, define};
use crate::value::Value;
use crate::wait::{self, Waits};
use crate::{
    args, atomic, block, chan, cond, context, dump, ends, go, handle, mutex, numeric, once, place,
    poll, ported, select, semaphore, source, time, waitgroup,
};
use gosched_runtime::alarm::Alarm;
use gosched_runtime::chan::{Hchan, Own};
use gosched_runtime::mailbox::{Event, Mailbox};
use gosched_runtime::sched::{IsolateM, LocalGo, Sched};
use gosched_runtime::select::Enqueued;
use gosched_runtime::sync::Holder;
use gosched_runtime::timer::TimerKey;
use napi::sys;
use nohash_hasher::IntMap;
use smallvec::SmallVec;
use std::collections::{HashMap, VecDeque};
use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

/// The one scheduler of the process, and its host.
pub static PROCESS: LazyLock<Process> = LazyLock::new(|| {
    let host = Arc::new(NodeHost::default());
    let procs = std::env::var("GOMAXPROCS")
        .ok()
        .and_then(|n| n.parse().ok())
        .filter(|&n| n > 0)
        .or_else(|| std::thread::available_parallelism().ok().map(usize::from))
        .unwrap_or(1);
    let sched = Sched::new(procs, host.clone());
    sched.set_idle_time(idle_time());
    sched.set_lock_patience(lock_patience());
    Process {
        sched,
        host,
        vault: block::Vault::default(),
        next_isolate: AtomicU32::new(0),
        ends: Ends::default(),
    }
});

/// How long an isolate is kept in which no goroutine lives, in milliseconds. A guess: long enough that a
/// service with a request now and then keeps its isolates, which take 50 ms to come up; short enough that
/// memory comes back while somebody looks.
const IDLE_TIME: f64 = 30_000.0;

fn idle_time() -> Option<Duration> {
    from_environment("GOSCHED_IDLE_TIME", IDLE_TIME)
}

/// How long goroutines may wait for each other's locks before there is a warning, in milliseconds. A guess:
/// longer than what holds a lock for good reasons, and short enough that somebody is still looking.
const LOCK_PATIENCE: f64 = 10_000.0;

fn lock_patience() -> Option<Duration> {
    from_environment("GOSCHED_LOCK_PATIENCE", LOCK_PATIENCE)
}

/// A time in milliseconds.
fn from_environment(name: &str, default: f64) -> Option<Duration> {
    let set = std::env::var(name).ok();
    let millis = set.and_then(|n| n.parse().ok()).unwrap_or(default);
    // Negative, or more than a duration holds: for ever.
    Duration::try_from_secs_f64(millis / 1000.0).ok()
}

pub struct Process {
    pub sched: Arc<Sched<Value>>,
    pub host: Arc<NodeHost>,
    pub vault: block::Vault,
    next_isolate: AtomicU32,
    pub ends: Ends,
}

/// Where a parked select stands.
pub type Standing = Enqueued<Arc<Hchan<Value>>, Value>;

/// See the module's documentation.
pub struct Isolate {
    pub page: Page,
    /// Keeps the page's `ArrayBuffer` alive.
    page_ref: sys::napi_ref,
    waker: sys::napi_threadsafe_function,
    pub handles: Handles,
    /// Heavy values that JavaScript prepared for the next call.
    pub staged: Vec<Option<Value>>,
    /// Heavy values that JavaScript has been told of and will take.
    pub taken: Vec<Option<Value>>,
    pub taken_left: usize,
    /// Events drained and not yet told.
    pub backlog: VecDeque<Event<Value>>,
    pub batch: Vec<Event<Value>>,
    /// Parked selects, by ticket: they must leave their queues when they wake.
    pub selects: IntMap<u32, Standing>,
    /// Timers of parked `sleep`s, by ticket: they end with the isolate.
    pub sleeps: HashMap<u32, TimerKey>,
    /// Timers that feed the channels on which operations are parked here, by ticket.
    pub timer_waits: HashMap<u32, SmallVec<[Arc<Alarm<Value>>; 2]>>,
    /// What goroutines here wait for that tells a waker.
    pub futures: Futures,
    pub units: Vec<u16>,
    /// `go.local` goroutines of this isolate.
    pub locals: HashMap<u64, LocalGo<Value>>,
    pub m: Option<IsolateM<Value>>,
    /// Lent to the channels it calls, unless the backlog has what comes first.
    pub own: Option<Own<Value>>,
    /// The channel of each parked receive, by ticket: a value that comes too late goes back there.
    pub receiving: Vec<u32>,
    /// What its goroutines are told if it ends now.
    pub epitaph: Option<Epitaph>,
    /// In whose name it takes locks.
    pub holder: Holder,
    /// Counts them, and the waits for them.
    pub lockings: u32,
    /// Parked operations that are futures.
    pub waits: Waits,
    /// The memory of the buffer that JavaScript is about to move.
    pub moving: (*mut u8, usize),
    /// What updates of maps have read, the innermost last.
    pub reads: Vec<map::Read>,
    /// Entries of a map that JavaScript is about to be told of.
    pub snapshot: Vec<(Key, Arc<Value>)>,
}

impl Isolate {
    /// This isolate's side of the scheduler. Set by `attach`, before anything else is called.
    #[inline]
    pub fn m(&mut self) -> &mut IsolateM<Value> {
        match &mut self.m {
            Some(m) => m,
            None => raw::fatal("a call before attach"),
        }
    }

    #[inline]
    pub fn mailbox(&mut self) -> Arc<Mailbox<Value>> {
        self.m().mailbox().clone()
    }
}

impl Isolate {
    /// Of an environment that has not attached yet.
    fn new() -> Self {
        Self {
            // SAFETY: not used before `attach` replaces it: `m()` is fatal until then, and every call
            // that touches the page without it comes after `attach` in `ts/internal/native.ts`.
            page: unsafe { Page::new(ptr::null_mut()) },
            page_ref: ptr::null_mut(),
            waker: ptr::null_mut(),
            handles: Handles::default(),
            staged: Vec::new(),
            taken: Vec::new(),
            taken_left: 0,
            backlog: VecDeque::new(),
            batch: Vec::new(),
            selects: IntMap::default(),
            sleeps: HashMap::new(),
            timer_waits: HashMap::new(),
            futures: Futures::default(),
            units: Vec::new(),
            locals: HashMap::new(),
            m: None,
            own: None,
            receiving: Vec::new(),
            epitaph: None,
            holder: Holder::NATIVE,
            lockings: 0,
            waits: Waits::default(),
            moving: (ptr::null_mut(), 0),
            reads: Vec::new(),
            snapshot: Vec::new(),
        }
    }
}

/// What the addon exports: `open()`, which gives the functions of another copy of the library.
pub fn export(env: sys::napi_env, exports: sys::napi_value) {
    let mut function = ptr::null_mut();
    // SAFETY: `env` and `exports` are live for the duration of the module's registration.
    unsafe {
        let name = c"open";
        let made = sys::napi_create_function(
            env,
            name.as_ptr(),
            name.count_bytes() as isize,
            Some(open),
            ptr::null_mut(),
            &raw mut function,
        );
        // Refused only where no JavaScript may run any more: see `raw::define`.
        if made == sys::Status::napi_ok {
            sys::napi_set_named_property(env, exports, name.as_ptr(), function);
        }
    }
}

unsafe extern "C" fn open(env: sys::napi_env, _: sys::napi_callback_info) -> sys::napi_value {
    let mut object = ptr::null_mut();
    // SAFETY: Node-API passes a live `env`, and fills `object` or leaves it null.
    let made = unsafe { sys::napi_create_object(env, &raw mut object) };
    if made == sys::Status::napi_ok {
        install(env, object);
    }
    object
}

/// Defines a copy's functions on `exports`.
fn install(env: sys::napi_env, exports: sys::napi_value) {
    let isolate = Box::into_raw(Box::new(Isolate::new()));
    // SAFETY: the hook gets this pointer once, when the environment's JavaScript has ended.
    unsafe { sys::napi_add_env_cleanup_hook(env, Some(cleanup), isolate.cast()) };
    macro_rules! functions {
        ($($name:literal => $call:path),* $(,)?) => {
            $(define::<$call>(env, exports, $name, isolate);)*
        };
    }
    functions! {
        "attach" => Attach, "setPump" => SetPump, "ref" => Ref, "unref" => Unref, "awake" => Awake,
        "poll" => poll::Poll, "live" => poll::Live,
        "stageString" => args::StageString, "stageText" => args::StageText,
        "stageBytes" => args::StageBytes, "unstage" => args::Unstage, "take" => args::Take,
        "release" => handle::Release, "handleCount" => handle::Count,
        "makeChan" => chan::Make, "send" => chan::Send, "trySend" => chan::TrySend,
        "recv" => chan::Recv, "tryRecv" => chan::TryRecv, "closeChan" => chan::Close,
        "chanState" => chan::State, "locals" => chan::Locals, "replaceLocal" => chan::ReplaceLocal,
        "select" => select::Select, "trySelect" => select::TrySelect,
        "selectMixed" => select::Mixed, "trySelectMixed" => select::TryMixed,
        "register" => go::Register, "program" => go::Program, "go" => go::Go, "end" => go::End,
        "titleProgram" => go::Title, "site" => dump::Site, "dump" => dump::Dump,
        "notePark" => dump::NotePark, "dumpOn" => dump::DumpOn,
        "lockCycle" => dump::LockCycle, "quiet" => dump::Quiet, "stuck" => dump::Stuck, "withdraw" => wait::Withdraw,
        "goLocal" => go::GoLocal, "endLocal" => go::EndLocal, "goroutines" => go::Goroutines,
        "reserve" => go::Reserve,
        "procs" => go::Procs, "place" => place::Place,
        "isolateFailed" => ends::IsolateFailed, "setEpitaph" => ends::SetEpitaph,
        "explain" => ends::Explain, "kill" => ends::Kill, "nextOrder" => ends::NextOrder,
        "stay" => ends::Stay, "setIdleTime" => ends::SetIdleTime, "killAll" => ends::KillAll,
        "elsewhere" => ends::Elsewhere,
        "background" => context::Background, "contextChild" => context::Child,
        "contextCancel" => context::Cancel, "contextState" => context::State,
        "contextDone" => context::Done, "contextCause" => context::Cause,
        "contextWithValue" => context::WithValue, "contextSetValue" => context::SetValue,
        "contextGetValue" => context::GetValue, "contextWithoutCancel" => context::WithoutCancel,
        "makeWaitGroup" => waitgroup::Make, "waitGroupAdd" => waitgroup::Add,
        "waitGroupWait" => waitgroup::Wait,
        "makeMutex" => mutex::Make, "mutexLock" => mutex::Lock,
        "mutexTryLock" => mutex::TryLock, "mutexUnlock" => mutex::Unlock,
        "makeRwMutex" => mutex::RwMake, "rwMutexLock" => mutex::RwLock,
        "rwMutexTryLock" => mutex::RwTryLock, "rwMutexUnlock" => mutex::RwUnlock,
        "makeOnce" => once::Make, "onceEnter" => once::Enter, "onceFinish" => once::Finish,
        "makeCond" => cond::Make, "condMutex" => cond::Mutex, "condWait" => cond::Wait,
        "condSignal" => cond::Signal,
        "makeSemaphore" => semaphore::Make, "semaphoreAcquire" => semaphore::Acquire,
        "semaphoreTryAcquire" => semaphore::TryAcquire, "semaphoreRelease" => semaphore::Release,
        "semaphoreState" => semaphore::State,
        "makeBarrier" => semaphore::BarrierMake, "barrierWait" => semaphore::BarrierWait,
        "makeAtomic" => atomic::Make, "atomic" => atomic::Operate,
        "makeMap" => map::Make, "mapGet" => map::Get, "mapHas" => map::Has, "mapSet" => map::Set,
        "mapGetOrSet" => map::GetOrSet, "mapDelete" => map::Delete, "mapReplace" => map::Replace,
        "mapClear" => map::Clear, "mapSize" => map::Size, "mapEntries" => map::Entries,
        "mapNext" => map::Next,
        "sendWait" => chan::SendWait, "recvWait" => chan::RecvWait, "block" => wait::Block,
        "sleep" => time::Sleep, "after" => time::After,
        "makeTimer" => time::MakeTimer, "timerChan" => time::TimerChan,
        "makeSource" => source::Make, "failSource" => source::Fail, "sourceError" => source::Error,
        "makePorted" => ported::Make, "portedState" => ported::State,
        "portedLive" => ported::Live,
        "keepVault" => block::KeepVault, "vaultKey" => block::VaultKey,
        "vaultReleased" => block::VaultReleased, "vaultRelease" => block::VaultRelease,
        "makeBlock" => block::MakeBlock, "copyBlock" => block::CopyBlock,
        "placeOf" => block::PlaceOf, "vaultBlock" => block::VaultBlock,
        "blockKey" => block::BlockKey, "withdrawBlock" => block::Withdraw,
        "recodeBlock" => block::RecodeBlock, "openBlock" => block::OpenBlock,
        "detach" => block::Detach,
        "makeNumeric" => numeric::Make, "numericState" => numeric::State,
        "closeNumeric" => numeric::Close, "sendNumbers" => numeric::Send,
        "receiveNumbers" => numeric::Receive,
        "stopTimer" => time::StopTimer, "resetTimer" => time::ResetTimer,
    }
}

call!(Attach = with attach);
/// Gives the environment its page (argument: a `Uint8Array` of `page::BYTES`), whose word `KIND`
/// says what it is: 0 the main thread, 1 a worker isolate of ours, 2 a worker of the user's own;
/// word `TAG` carries the layout number. Out: `STATUS` 0, or 1 for another layout; `HANDLE` the isolate's
/// number; `NUMBER2` a number of the process's own, which another copy of the addon would not have.
fn attach(isolate: &mut Isolate, env: sys::napi_env, arg: sys::napi_value) -> sys::napi_value {
    let mut length = 0;
    let mut data = ptr::null_mut();
    let mut buffer = ptr::null_mut();
    // SAFETY: Node-API fills these, or fails and leaves them null. The reference keeps the buffer
    // alive; its memory does not move, since TypeScript never resizes or transfers it.
    unsafe {
        sys::napi_get_typedarray_info(
            env,
            arg,
            ptr::null_mut(),
            &raw mut length,
            &raw mut data,
            &raw mut buffer,
            ptr::null_mut(),
        );
        if length != page::BYTES || !data.addr().is_multiple_of(8) {
            raw::fatal("attach: the register page has another size");
        }
        sys::napi_create_reference(env, buffer, 1, &raw mut isolate.page_ref);
        isolate.page = Page::new(data.cast());
    }
    if isolate.page.word(page::TAG) != page::LAYOUT {
        isolate.page.set_word(page::STATUS, 1);
        return ptr::null_mut();
    }
    let process = &*PROCESS;
    let id = process.next_isolate.fetch_add(1, Ordering::Relaxed); // a counter
    isolate.holder = Holder::isolate(id);
    let mailbox = Arc::new(Mailbox::new(id, process.host.clone()));
    isolate.own = Some(Own::new(mailbox.clone()));
    isolate.m = Some(if isolate.page.word(page::KIND) == 1 {
        process.sched.isolate_started(mailbox)
    } else {
        let main = isolate.page.word(page::KIND) == 0;
        process.sched.guest_started(mailbox, main)
    });
    isolate.forget_owner();
    isolate.page.set_word(page::STATUS, 0);
    isolate.page.set_word(page::HANDLE, id as i32);
    let place = ptr::from_ref(process).addr();
    isolate.page.set_double(page::NUMBER2, place as f64);
    ptr::null_mut()
}

call!(SetPump = with set_pump);
/// Argument: the pump, called on the event loop when another thread has news for a parked isolate.
/// In: `KIND`, as for `attach`.
fn set_pump(isolate: &mut Isolate, env: sys::napi_env, arg: sys::napi_value) -> sys::napi_value {
    let mut name = ptr::null_mut();
    // SAFETY: creates a string and a thread-safe function from live values; one acquisition, which
    // `NodeHost::remove` gives back. Unreferenced until JavaScript asks.
    unsafe {
        sys::napi_create_string_latin1(env, c"gosched".as_ptr(), 7, &raw mut name);
        let made = sys::napi_create_threadsafe_function(
            env,
            arg,
            ptr::null_mut(),
            name,
            0,
            1,
            ptr::null_mut(),
            None,
            ptr::null_mut(),
            None,
            &raw mut isolate.waker,
        );
        if made != sys::Status::napi_ok {
            raw::fatal("napi_create_threadsafe_function failed");
        }
        sys::napi_unref_threadsafe_function(env, isolate.waker);
    }
    let mailbox = isolate.mailbox();
    let process = &*PROCESS;
    let role = match isolate.page.word(page::KIND) {
        0 => Role::Main,
        1 => Role::Worker,
        _ => Role::Guest,
    };
    process.host.add(mailbox.id(), isolate.waker, role);
    if role != Role::Worker {
        process.sched.watch(mailbox);
    }
    ptr::null_mut()
}

call!(Ref = with reference);
/// Keeps the environment's event loop alive.
fn reference(isolate: &mut Isolate, env: sys::napi_env, _: sys::napi_value) -> sys::napi_value {
    // SAFETY: called on the environment's own thread, while it lives.
    unsafe { sys::napi_ref_threadsafe_function(env, isolate.waker) };
    ptr::null_mut()
}

call!(Unref = with unreference);
/// Lets the environment's event loop end.
fn unreference(isolate: &mut Isolate, env: sys::napi_env, _: sys::napi_value) -> sys::napi_value {
    // SAFETY: called on the environment's own thread, while it lives.
    unsafe { sys::napi_unref_threadsafe_function(env, isolate.waker) };
    ptr::null_mut()
}

call!(Awake = awake);
/// The pump has been scheduled: nobody needs to call the event loop.
fn awake(isolate: &mut Isolate) {
    isolate.m().mailbox().awake();
}

unsafe extern "C" fn cleanup(data: *mut c_void) {
    // SAFETY: `install` gave the pointer to this hook, which runs once, after the environment's
    // last JavaScript; nothing refers to the isolate any more.
    let isolate = unsafe { Box::from_raw(data.cast::<Isolate>()) };
    isolate.end();
}
