//! Descriptors 0 to 2 are the host's, also when it has closed them: what it prints must not go to the gateway.

use std::io;
#[cfg(unix)]
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

/// Moves what was opened to a descriptor from 3 on.
#[cfg(unix)]
pub(super) fn above_standard<T: AsFd + From<OwnedFd>>(opened: T) -> io::Result<T> {
    if opened.as_fd().as_raw_fd() > 2 {
        return Ok(opened);
    }
    // std looks for a free one from 3 on.
    opened.as_fd().try_clone_to_owned().map(T::from)
}

#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps)]
pub(super) fn above_standard<T>(opened: T) -> io::Result<T> {
    Ok(opened)
}
