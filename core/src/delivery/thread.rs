//! Starts the threads of this crate. They block signals: the host program's signal handlers must not run on them.

use std::io;
use std::thread::{self, JoinHandle};

#[cfg(unix)]
use nix::sys::signal::{SigSet, SigmaskHow, Signal};

/// Starts a thread that receives no signals.
///
/// # Errors
///
/// If the system gives no thread.
pub fn spawn<T: Send + 'static>(name: &str, run: impl FnOnce() -> T + Send + 'static) -> io::Result<JoinHandle<T>> {
    #[cfg(test)]
    if NO_THREADS.get() {
        return Err(io::ErrorKind::WouldBlock.into());
    }
    // A thread inherits the signal mask of the thread that starts it.
    #[cfg(unix)]
    let _blocked = BlockedSignals::new()?;
    thread::Builder::new().name(name.to_owned()).spawn(run)
}

/// Blocks signals on the calling thread until it is dropped.
#[cfg(unix)]
struct BlockedSignals {
    before: SigSet,
}

#[cfg(unix)]
impl BlockedSignals {
    fn new() -> io::Result<Self> {
        let mut signals = SigSet::all();
        // The system delivers these to the thread that causes them. That thread may run a callback of a virtual machine that
        // handles them.
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
        // This fails only for an invalid mask.
        let _ = self.before.thread_set_mask();
    }
}

#[cfg(test)]
thread_local! {
    /// Makes [`spawn`] fail on this thread, as if the system gave no thread.
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
