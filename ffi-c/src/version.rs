//! Versions.

use std::ffi::CStr;

use crate::arg::Text;
use crate::panic::panic_boundary;

/// The version of the ABI that this header describes. It changes when programs must be compiled again. Compare it with
/// linkwa_abi_version(), the version of the library that is loaded.
pub const LINKWA_ABI_VERSION: u32 = 1;

const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
    Ok(version) => version,
    Err(_) => c"",
};

/// Returns the version of the library: "0.1.0". LINKWA_VERSION is the version of the header.
///
/// The text is static.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_version() -> Text<'static> {
    panic_boundary(|| Text::new(VERSION))
}

/// Returns the version of the library's ABI: LINKWA_ABI_VERSION, if the header belongs to the library.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_abi_version() -> u32 {
    panic_boundary(|| LINKWA_ABI_VERSION)
}
