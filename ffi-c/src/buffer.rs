//! Bytes that the library made.

use std::mem::MaybeUninit;

use crate::arg::Text;
use crate::panic::panic_boundary;

/// Bytes that the library made for the caller: a request, a reference, a stored tracker.
///
/// A built object: threads may share it (see THREADS).
#[derive(Debug)]
pub struct linkwa_buffer {
    /// With a NUL behind them.
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

/// The bytes, with a NUL behind them; NULL for NULL.
///
/// They belong to the buffer and live as long as it.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_buffer_data(buffer: Option<&linkwa_buffer>) -> Text<'_> {
    panic_boundary(|| buffer.map_or(Text::NULL, |buffer| Text::of(&buffer.bytes)))
}

/// How many bytes there are, the NUL behind them not counted; 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_buffer_len(buffer: Option<&linkwa_buffer>) -> usize {
    panic_boundary(|| buffer.map_or(0, |buffer| buffer.bytes.len() - 1))
}

/// Frees a buffer and its bytes. NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_buffer_free(buffer: Option<Box<linkwa_buffer>>) {
    panic_boundary(|| drop(buffer));
}
