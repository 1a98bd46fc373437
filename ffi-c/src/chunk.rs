//! Results of the requests of a run.

use std::mem::MaybeUninit;

use linkwa::Chunk;

use crate::arg::Text;
use crate::c_strings::{TextBuf, len_among, text_or_null};
use crate::error::linkwa_error;
use crate::panic::panic_boundary;
use crate::result::linkwa_result;

/// The result of one request of a run, or of a destination that could not be sent to. One that a linkwa_on_chunk function
/// receives is valid until that function returns; one of linkwa_many_next() is yours.
///
/// A built object: threads may share it (see THREADS).
#[derive(Debug)]
pub struct linkwa_chunk {
    index: u64,
    ref_id: TextBuf,
    destinations: Vec<TextBuf>,
    result: Option<linkwa_result>,
    error: Option<linkwa_error>,
}

/// An out-parameter for a chunk.
pub(crate) type ChunkOut<'a> = Option<&'a mut MaybeUninit<Option<Box<linkwa_chunk>>>>;

impl linkwa_chunk {
    pub(crate) fn new(chunk: &Chunk) -> Self {
        let result = chunk.result();
        Self {
            index: chunk.index(),
            ref_id: chunk.ref_id().into(),
            destinations: chunk.destinations().iter().map(TextBuf::new).collect(),
            result: result.ok().map(linkwa_result::new),
            error: result.err().map(linkwa_error::of),
        }
    }
}

/// Returns the index of the request, from 0, in the order of the destinations. Returns 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_chunk_index(chunk: Option<&linkwa_chunk>) -> u64 {
    panic_boundary(|| chunk.map_or(0, |chunk| chunk.index))
}

/// Returns the request's own reference: "{refId}-{index}". Returns NULL for NULL.
///
/// The text belongs to the chunk and lives as long as it; see linkwa_chunk_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_chunk_ref_id(chunk: Option<&linkwa_chunk>) -> Text<'_> {
    panic_boundary(|| text_or_null(chunk.map(|chunk| &chunk.ref_id)))
}

/// Returns the number of destinations of the request. Returns 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_chunk_destinations_len(chunk: Option<&linkwa_chunk>) -> usize {
    panic_boundary(|| chunk.map_or(0, |chunk| chunk.destinations.len()))
}

/// Returns the destination at this index (from 0). Returns NULL if the index is too large, and for NULL.
///
/// The text belongs to the chunk and lives as long as it; see linkwa_chunk_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_chunk_destination(chunk: Option<&linkwa_chunk>, index: usize) -> Text<'_> {
    panic_boundary(|| text_or_null(chunk.and_then(|chunk| chunk.destinations.get(index))))
}

/// Returns the length in bytes of a text that this chunk returned, without the terminating NUL. It is more than
/// strlen() returns if the text contains U+0000. Returns 0 for any other pointer, and for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_chunk_text_len(chunk: Option<&linkwa_chunk>, text: Text<'_>) -> usize {
    panic_boundary(|| {
        let Some(chunk) = chunk else { return 0 };
        len_among(text, [&chunk.ref_id].into_iter().chain(&chunk.destinations))
    })
}

/// Returns the result, if the request was accepted; NULL otherwise, and for NULL.
///
/// It belongs to the chunk and lives as long as it: do not free it. linkwa_result_copy() makes a copy to keep.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_chunk_result(chunk: Option<&linkwa_chunk>) -> Option<&linkwa_result> {
    panic_boundary(|| chunk.and_then(|chunk| chunk.result.as_ref()))
}

/// Returns the error, if the request was not accepted; NULL otherwise, and for NULL.
///
/// It belongs to the chunk and lives as long as it: do not free it. linkwa_error_copy() makes a copy to keep.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_chunk_error(chunk: Option<&linkwa_chunk>) -> Option<&linkwa_error> {
    panic_boundary(|| chunk.and_then(|chunk| chunk.error.as_ref()))
}

/// Frees a chunk of linkwa_many_next() and everything that it returned. NULL is allowed.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_chunk_free(chunk: Option<Box<linkwa_chunk>>) {
    panic_boundary(|| drop(chunk));
}
