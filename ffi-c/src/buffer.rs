//! Bytes that the library returns.

use std::mem::MaybeUninit;

use crate::arg::Text;
use crate::panic::panic_boundary;

/// Bytes that the library made: a request, a reference, or a stored tracker.
///
/// A built object: threads may share it (see THREADS).
#[derive(Debug)]
pub struct linkwa_buffer {
    /// With a terminating NUL.
    bytes: Vec<u8>,
}

/// An out-parameter for a buffer.
pub(crate) type BufferOut<'a> = Option<&'a mut MaybeUninit<Option<Box<linkwa_buffer>>>>;

impl linkwa_buffer {
    pub(crate) fn new(bytes: impl Into<Vec<u8>>) -> Self {
        let mut bytes = bytes.into();
        bytes.reserve_exact(1);
        bytes.push(0);
        Self { bytes }
    }
}

/// Returns the bytes, with a NUL behind them. Returns NULL for NULL.
///
/// The bytes belong to the buffer and are valid until it is freed.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_buffer_data(buffer: Option<&linkwa_buffer>) -> Text<'_> {
    panic_boundary(|| buffer.map_or(Text::NULL, |buffer| Text::of(&buffer.bytes)))
}

/// Returns the number of bytes, without the NUL behind them. Returns 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_buffer_len(buffer: Option<&linkwa_buffer>) -> usize {
    panic_boundary(|| buffer.map_or(0, |buffer| buffer.bytes.len() - 1))
}

/// Frees a buffer and its bytes. NULL is allowed.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_buffer_free(buffer: Option<Box<linkwa_buffer>>) {
    panic_boundary(|| drop(buffer));
}
