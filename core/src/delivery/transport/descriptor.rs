//! Keeps our files and sockets off descriptors 0 to 2. A host program may have closed them and still print to them: its output
//! must not go to the gateway.

use std::io;
#[cfg(unix)]
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

/// Moves an open file, pipe or socket to a descriptor above 2.
///
/// # Errors
///
/// If the system gives no descriptor.
#[cfg(unix)]
pub fn above_standard<T: AsFd + From<OwnedFd>>(opened: T) -> io::Result<T> {
    if opened.as_fd().as_raw_fd() > 2 {
        return Ok(opened);
    }
    // std clones to a descriptor above 2.
    opened.as_fd().try_clone_to_owned().map(T::from)
}

/// There are no such descriptors.
///
/// # Errors
///
/// None.
#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps)]
pub fn above_standard<T>(opened: T) -> io::Result<T> {
    Ok(opened)
}
