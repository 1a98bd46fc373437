//! Results of sends.

use std::mem::MaybeUninit;

use linkwa::SendResult;

use crate::arg::Text;
use crate::c_strings::{TextBuf, len_among, text_or_null};
use crate::finding::linkwa_findings;
use crate::out::into_raw;
use crate::panic::panic_boundary;

/// A message that the gateway accepted.
///
/// A built object: threads may share it (see THREADS).
#[derive(Clone, Debug)]
pub struct linkwa_result {
    ref_id: TextBuf,
    result_code: i64,
    description: Option<TextBuf>,
    message_ids: Vec<TextBuf>,
    receipts: Vec<(TextBuf, TextBuf)>,
    warnings: linkwa_findings,
    attempts: u32,
}

/// An out-parameter for a result.
pub(crate) type ResultOut<'a> = Option<&'a mut MaybeUninit<Option<Box<linkwa_result>>>>;

impl linkwa_result {
    pub(crate) fn new(sent: &SendResult) -> Self {
        let receipts = sent.receipts().iter();
        Self {
            ref_id: sent.ref_id().into(),
            result_code: sent.result_code().number(),
            description: sent.description().map(TextBuf::from),
            message_ids: sent.message_ids().iter().map(TextBuf::new).collect(),
            receipts: receipts.map(|receipt| (receipt.destination().into(), receipt.message_id().into())).collect(),
            warnings: linkwa_findings::new(sent.warnings()),
            attempts: sent.attempts(),
        }
    }
}

/// Returns the reference that event reports will carry: yours, or the one that the library made. Empty only for a raw
/// request without one. Returns NULL for NULL.
///
/// The text belongs to the result and lives as long as it; see linkwa_result_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_result_ref_id(result: Option<&linkwa_result>) -> Text<'_> {
    panic_boundary(|| text_or_null(result.map(|result| &result.ref_id)))
}

/// Returns the gateway's result code, usually 112001 (queued). Returns 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_result_result_code(result: Option<&linkwa_result>) -> i64 {
    panic_boundary(|| result.map_or(0, |result| result.result_code))
}

/// Returns the gateway's description. Returns NULL if it sent none, and for NULL.
///
/// The text belongs to the result and lives as long as it; see linkwa_result_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_result_description(result: Option<&linkwa_result>) -> Text<'_> {
    panic_boundary(|| text_or_null(result.and_then(|result| result.description.as_ref())))
}

/// Returns the number of message ids that the gateway returned. Returns 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_result_message_ids_len(result: Option<&linkwa_result>) -> usize {
    panic_boundary(|| result.map_or(0, |result| result.message_ids.len()))
}

/// Returns the message id at this index (from 0), in the order of the destinations. Returns NULL if the index is too
/// large, and for NULL.
///
/// The text belongs to the result and lives as long as it; see linkwa_result_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_result_message_id(result: Option<&linkwa_result>, index: usize) -> Text<'_> {
    panic_boundary(|| text_or_null(result.and_then(|result| result.message_ids.get(index))))
}

/// Returns the id of the message to the only destination. Returns NULL if there were several destinations or the gateway
/// did not return exactly one id, and for NULL.
///
/// The text belongs to the result and lives as long as it; see linkwa_result_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_result_only_message_id(result: Option<&linkwa_result>) -> Text<'_> {
    panic_boundary(|| {
        let receipts = result.map_or(&[][..], |result| &result.receipts);
        let [(_, message_id)] = receipts else { return Text::NULL };
        message_id.text()
    })
}

/// Returns the number of receipts, each a destination with its message id. There is one for each destination, or none
/// if the gateway returned a different number of ids than there were destinations: the library does not guess. Returns
/// 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_result_receipts_len(result: Option<&linkwa_result>) -> usize {
    panic_boundary(|| result.map_or(0, |result| result.receipts.len()))
}

/// Returns the destination of the receipt at this index (from 0). Returns NULL if the index is too large, and for NULL.
///
/// The text belongs to the result and lives as long as it; see linkwa_result_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_result_receipt_destination(result: Option<&linkwa_result>, index: usize) -> Text<'_> {
    panic_boundary(|| text_or_null(result.and_then(|result| result.receipts.get(index)).map(|receipt| &receipt.0)))
}

/// Returns the message id of the receipt at this index (from 0), which event reports will carry. Returns NULL if the
/// index is too large, and for NULL.
///
/// The text belongs to the result and lives as long as it; see linkwa_result_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_result_receipt_message_id(result: Option<&linkwa_result>, index: usize) -> Text<'_> {
    panic_boundary(|| text_or_null(result.and_then(|result| result.receipts.get(index)).map(|receipt| &receipt.1)))
}

/// Returns the warnings of validation, usually an empty list. Returns NULL for NULL.
///
/// The list belongs to the result and lives as long as it: do not free it.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_result_warnings(result: Option<&linkwa_result>) -> Option<&linkwa_findings> {
    panic_boundary(|| result.map(|result| &result.warnings))
}

/// Returns the number of attempts, usually 1. Returns 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_result_attempts(result: Option<&linkwa_result>) -> u32 {
    panic_boundary(|| result.map_or(0, |result| result.attempts))
}

/// Returns the length in bytes of a text that this result returned, without the terminating NUL. It is more than
/// strlen() returns if the text contains U+0000. Returns 0 for any other pointer, and for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_result_text_len(result: Option<&linkwa_result>, text: Text<'_>) -> usize {
    panic_boundary(|| {
        let Some(result) = result else { return 0 };
        let receipts = result.receipts.iter().flat_map(|(destination, message_id)| [destination, message_id]);
        len_among(
            text,
            [&result.ref_id].into_iter().chain(&result.description).chain(&result.message_ids).chain(receipts),
        )
    })
}

/// Copies a result, to keep one that is not yours, such as a chunk's. Returns NULL for NULL, and after an internal
/// error.
///
/// The copy is yours; free it with linkwa_result_free().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_result_copy(result: Option<&linkwa_result>) -> Option<Box<linkwa_result>> {
    panic_boundary(|| result.cloned().and_then(into_raw))
}

/// Frees a result and everything that it returned. NULL is allowed.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_result_free(result: Option<Box<linkwa_result>>) {
    panic_boundary(|| drop(result));
}
