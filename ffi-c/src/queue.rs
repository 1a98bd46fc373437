//! Queues of what is ready, for loops that wait with `poll()`.

use std::collections::VecDeque;
use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::arg::{UserData, require};
use crate::binding_error::BindingError;
use crate::error::ErrorOut;
use crate::out::{into_raw, write};
use crate::panic::{panic_boundary, panic_boundary_send, panic_boundary_status};
use crate::pending::linkwa_pending;
use crate::run::linkwa_many;
use crate::status::linkwa_status;

/// A queue of asynchronous sends that have ended, for programs that wait with poll(), select(), epoll or an event loop. It
/// has a file descriptor that is readable as long as the queue is not empty:
///
///     linkwa_queue *queue = linkwa_queue_new();
///     status = linkwa_send_async(client, to, 1, message, NULL, NULL, NULL, &pending, &err);
///     if (status == LINKWA_OK) status = linkwa_queue_add(queue, pending, pending, &err);
///     ... when poll() says that linkwa_queue_fd(queue) is readable:
///     while (linkwa_queue_next(queue, &ended)) {
///         status = linkwa_pending_wait(ended, &result, &err); ... does not wait: it has ended
///         ... if status is LINKWA_OK, read `result` and free it; otherwise read `err` and free it
///         linkwa_pending_free(ended);
///     }
///
/// Nothing of yours runs on a thread of the library then. The queue owns nothing of yours: it returns the pointers that
/// you gave it. A send comes even if its linkwa_pending was freed; a run does not come after linkwa_many_free(). Any
/// number of threads may use the queue at once. It takes every kind of send, and runs of many.
#[derive(Debug)]
pub struct linkwa_queue(Arc<Shared>);

/// What a queue shares with the sends that will be put into it.
#[derive(Debug)]
struct Shared {
    /// A forked child shares the descriptor with its parent, and its lock may never be released.
    process: u32,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// `None` when the queue was freed. The receiving end has a byte in it as long as `ready` is not empty.
    ends: Option<ends::Ends>,
    ready: VecDeque<Entry>,
}

#[derive(Debug)]
struct Entry {
    user_data: UserData,
    /// Of a run: whether it is in the queue, or will never be again. Read and set under the lock.
    is_queued: Option<Arc<AtomicBool>>,
}

impl Shared {
    /// `None` in a forked child of the process that made the queue.
    fn lock(&self) -> Option<MutexGuard<'_, State>> {
        (self.process == process::id()).then(|| self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Does nothing with a run that is in the queue.
    fn push(&self, entry: Entry) {
        let Some(mut state) = self.lock() else { return };
        let Some(ends) = &state.ends else { return };
        if entry.is_queued.as_ref().is_some_and(|is_queued| is_queued.swap(true, Ordering::Relaxed)) {
            return;
        }
        if state.ready.is_empty() {
            ends.fill();
        }
        state.ready.push_back(entry);
    }

    fn pop(&self) -> Option<UserData> {
        let mut state = self.lock()?;
        let entry = state.ready.pop_front()?;
        state.taken();
        // What happens to the run from now on puts it into the queue again.
        if let Some(is_queued) = &entry.is_queued {
            is_queued.store(false, Ordering::Relaxed);
        }
        Some(entry.user_data)
    }

    /// Takes a run out, and keeps it out.
    fn remove(&self, run: &Arc<AtomicBool>) {
        let Some(mut state) = self.lock() else { return };
        if run.swap(true, Ordering::Relaxed) {
            state.ready.retain(|entry| !entry.is_queued.as_ref().is_some_and(|is_queued| Arc::ptr_eq(is_queued, run)));
            state.taken();
        }
    }
}

impl State {
    /// Makes the descriptor of an empty queue not readable.
    fn taken(&self) {
        if let (true, Some(ends)) = (self.ready.is_empty(), &self.ends) {
            ends.drain();
        }
    }
}

impl linkwa_queue {
    fn shared(&self) -> Result<Arc<Shared>, BindingError> {
        if self.0.process != process::id() {
            return Err(BindingError::argument("`queue` belongs to the process that this one was forked from"));
        }
        Ok(Arc::clone(&self.0))
    }
}

/// Puts a run into a queue.
#[derive(Debug)]
pub(crate) struct RunWatcher {
    queue: Arc<Shared>,
    user_data: UserData,
    is_queued: Arc<AtomicBool>,
}

impl RunWatcher {
    pub(crate) fn notify(&self) {
        self.queue.push(Entry { user_data: self.user_data, is_queued: Some(Arc::clone(&self.is_queued)) });
    }

    /// The run does not come out of the queue any more.
    pub(crate) fn end(&self) {
        self.queue.remove(&self.is_queued);
    }
}

#[cfg(unix)]
mod ends {
    use std::io::{self, Read, Write};
    use std::os::fd::{AsRawFd, RawFd};
    use std::os::unix::net::UnixStream;

    use linkwa::above_standard;

    /// Two sockets that do not block, because the caller may read from the descriptor, although the header says not to.
    #[derive(Debug)]
    pub(super) struct Ends {
        receiver: UnixStream,
        sender: UnixStream,
    }

    impl Ends {
        pub(super) fn new() -> io::Result<Self> {
            let (receiver, sender) = UnixStream::pair()?;
            let ends = Self { receiver: above_standard(receiver)?, sender: above_standard(sender)? };
            ends.receiver.set_nonblocking(true)?;
            ends.sender.set_nonblocking(true)?;
            Ok(ends)
        }

        /// Makes the descriptor readable. There is room, because at most one byte is in it.
        pub(super) fn fill(&self) {
            let written = (&self.sender).write_all(&[0]);
            debug_assert!(written.is_ok(), "{written:?}");
        }

        /// Makes the descriptor not readable. The byte may be missing if the caller has read it.
        pub(super) fn drain(&self) {
            let _ = (&self.receiver).read(&mut [0; 16]);
        }

        pub(super) fn descriptor(&self) -> RawFd {
            self.receiver.as_raw_fd()
        }
    }
}

#[cfg(not(unix))]
mod ends {
    use std::io;

    /// There are no descriptors to wait for.
    #[derive(Debug)]
    pub(super) enum Ends {}

    impl Ends {
        pub(super) fn new() -> io::Result<Self> {
            Err(io::ErrorKind::Unsupported.into())
        }

        pub(super) fn fill(&self) {
            match *self {}
        }

        pub(super) fn drain(&self) {
            match *self {}
        }

        pub(super) fn descriptor(&self) -> i32 {
            match *self {}
        }
    }
}

/// Makes an empty queue. Returns NULL if the system gives no descriptor, on Windows, and after an internal error.
///
/// The queue is yours; free it with linkwa_queue_free().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_queue_new() -> Option<Box<linkwa_queue>> {
    panic_boundary(|| {
        let state = State { ends: Some(ends::Ends::new().ok()?), ready: VecDeque::new() };
        into_raw(linkwa_queue(Arc::new(Shared { process: process::id(), state: Mutex::new(state) })))
    })
}

/// Returns a file descriptor that is readable as long as the queue is not empty: for poll() with POLLIN, and for event
/// loops. It is above 2, and programs that you start do not inherit it. Do not read from it, and do not close it: it
/// belongs to the queue and lives as long as it. Returns -1 for NULL, and in a forked child.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_queue_fd(queue: Option<&linkwa_queue>) -> i32 {
    panic_boundary(|| {
        let state = queue.and_then(|queue| queue.0.lock());
        state.and_then(|state| state.ends.as_ref().map(ends::Ends::descriptor)).unwrap_or(-1)
    })
}

/// Puts a send into the queue when it has ended; at once if it has. linkwa_queue_next() returns `user_data` then, once
/// for each call of this function. `pending` stays yours: keep it, and get the result with linkwa_pending_wait() or
/// linkwa_pending_wait_response(), which do not wait then. If you free it before, the send goes on and still comes.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `queue` or `pending` is NULL, or the queue was made before fork(); the send
/// goes on then, so the outcome is LINKWA_MESSAGE_UNKNOWN.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_queue_add(
    queue: Option<&linkwa_queue>,
    pending: Option<&linkwa_pending>,
    user_data: *mut c_void,
    err: ErrorOut<'_>,
) -> linkwa_status {
    panic_boundary_send(err, |stage| {
        // In an earlier call.
        stage.begin();
        let shared = require(queue, "queue")?.shared()?;
        let entry = Entry { user_data: UserData::new(user_data), is_queued: None };
        require(pending, "pending")?.watch(move || shared.push(entry));
        Ok(())
    })
}

/// Puts a run of linkwa_many_new() into the queue now, and again whenever one of its requests ends or
/// linkwa_many_cancel() is called. linkwa_queue_next() returns `user_data` then; call linkwa_many_next() with a timeout
/// of 0 until it returns no chunk, and wait for the queue no longer than linkwa_many_poll_ms(). A run that is in the
/// queue is not put into it twice. A run has one queue and one `user_data`: another call replaces both, and takes the run
/// out of the queue that it had. linkwa_many_free() takes it out too.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `queue` or `many` is NULL, or the queue was made before fork().
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_queue_add_many(
    queue: Option<&linkwa_queue>,
    many: Option<&linkwa_many>,
    user_data: *mut c_void,
    err: ErrorOut<'_>,
) -> linkwa_status {
    panic_boundary_status(err, || {
        let queue = require(queue, "queue")?.shared()?;
        let user_data = UserData::new(user_data);
        require(many, "many")?.set_watcher(RunWatcher { queue, user_data, is_queued: Arc::default() });
        Ok(())
    })
}

/// Takes the next entry out of the queue, without waiting: writes its `user_data`, and returns true. Returns false if
/// the queue is empty, for NULL, and in a forked child. `user_data` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_queue_next(
    queue: Option<&linkwa_queue>,
    user_data: Option<&mut MaybeUninit<*mut c_void>>,
) -> bool {
    panic_boundary(|| {
        let Some(next) = queue.and_then(|queue| queue.0.pop()) else { return false };
        write(user_data, next.pointer());
        true
    })
}

/// Frees the queue and closes its descriptor. Sends and runs that were added to it go on. NULL is allowed.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_queue_free(queue: Option<Box<linkwa_queue>>) {
    panic_boundary(|| {
        let Some(queue) = queue else { return };
        if let Some(mut state) = queue.0.lock() {
            state.ends = None;
            state.ready.clear();
        }
    });
}
