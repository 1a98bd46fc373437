//! Bytes that the library made.

use std::mem::MaybeUninit;

use crate::guard;
use crate::handle::{CText, Text, text_of};

/// Bytes that the library made for the caller: a request, a reference, a stored tracker. They do not change; threads
/// may share them.
#[derive(Debug)]
pub struct linkwa_buffer(CText);

/// A place for a buffer.
pub(crate) type BufferPlace<'a> = Option<&'a mut MaybeUninit<Option<Box<linkwa_buffer>>>>;

impl linkwa_buffer {
    pub(crate) fn new(bytes: impl AsRef<[u8]>) -> Self {
        Self(CText::new(bytes))
    }
}

/// The bytes, with a NUL behind them; NULL for NULL.
///
/// They belong to the buffer and live as long as it. Threads may share it.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_buffer_data(buffer: Option<&linkwa_buffer>) -> Text<'_> {
    guard::plain(|| text_of(buffer.map(|buffer| &buffer.0)))
}

/// How many bytes there are, the NUL behind them not counted; 0 for NULL.
///
/// Threads may share the buffer.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_buffer_len(buffer: Option<&linkwa_buffer>) -> usize {
    guard::plain(|| buffer.map_or(0, |buffer| buffer.0.len()))
}

/// Frees a buffer and its bytes. NULL is fine.
///
/// No other thread may be using it.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_buffer_free(buffer: Option<Box<linkwa_buffer>>) {
    guard::plain(|| drop(buffer));
}
