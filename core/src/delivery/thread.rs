//! The threads of this crate. Signals are the host's business: a handler must not run on one of ours.

use std::io;
use std::thread::{self, JoinHandle};

#[cfg(unix)]
use nix::sys::signal::{SigSet, SigmaskHow, Signal};

/// Starts a thread that takes no signals.
///
/// # Errors
///
/// When the system gives no thread.
pub fn spawn<T: Send + 'static>(name: &str, run: impl FnOnce() -> T + Send + 'static) -> io::Result<JoinHandle<T>> {
    #[cfg(test)]
    if NO_THREADS.get() {
        return Err(io::ErrorKind::WouldBlock.into());
    }
    // A thread inherits the mask of the one that starts it.
    #[cfg(unix)]
    let _blocked = BlockedSignals::new()?;
    thread::Builder::new().name(name.to_owned()).spawn(run)
}

/// While this lives, signals are blocked on the calling thread.
#[cfg(unix)]
struct BlockedSignals {
    before: SigSet,
}

#[cfg(unix)]
impl BlockedSignals {
    fn new() -> io::Result<Self> {
        let mut signals = SigSet::all();
        // A fault is of the thread that makes it, which may be running a callback into a virtual machine that handles it.
        for fault in [Signal::SIGBUS, Signal::SIGFPE, Signal::SIGILL, Signal::SIGSEGV, Signal::SIGSYS, Signal::SIGTRAP]
        {
            signals.remove(fault);
        }
        Ok(Self { before: signals.thread_swap_mask(SigmaskHow::SIG_BLOCK)? })
    }
}

#[cfg(unix)]
impl Drop for BlockedSignals {
    fn drop(&mut self) {
        // It can fail only for an invalid mask.
        let _ = self.before.thread_set_mask();
    }
}

#[cfg(test)]
thread_local! {
    /// The system gives no threads when this thread asks for one.
    pub(crate) static NO_THREADS: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_thread_blocks_all_signals_but_faults_and_its_starter_keeps_its_own() {
        let mut own = SigSet::empty();
        own.add(Signal::SIGUSR2);
        let before = own.thread_swap_mask(SigmaskHow::SIG_SETMASK).expect("a mask");
        let (sender, receiver) = std::sync::mpsc::channel();
        let thread = spawn("linkwa-test", move || {
            let _ = sender.send(SigSet::thread_get_mask());
        });
        let mask = receiver.recv().expect("a message").expect("a mask");
        thread.expect("a thread").join().expect("no panic");
        assert_eq!(before.thread_swap_mask(SigmaskHow::SIG_SETMASK).expect("a mask"), own);
        let faults = [Signal::SIGBUS, Signal::SIGFPE, Signal::SIGILL, Signal::SIGSEGV, Signal::SIGSYS, Signal::SIGTRAP];
        for signal in Signal::iterator() {
            // These two cannot be blocked.
            let can_be = !matches!(signal, Signal::SIGKILL | Signal::SIGSTOP);
            assert_eq!(mask.contains(signal), can_be && !faults.contains(&signal), "{signal}");
        }
    }
}
