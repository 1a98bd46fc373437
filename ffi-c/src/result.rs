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

/// The reference that event reports will carry: yours, or the one that was made. Empty only for a raw request that had
/// none; NULL for NULL.
///
/// The text belongs to the result and lives as long as it; see linkwa_result_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_result_ref_id(result: Option<&linkwa_result>) -> Text<'_> {
    panic_boundary(|| text_or_null(result.map(|result| &result.ref_id)))
}

/// The gateway's result code (rules ): 112001 (queued), as a rule. 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_result_result_code(result: Option<&linkwa_result>) -> i64 {
    panic_boundary(|| result.map_or(0, |result| result.result_code))
}

/// The gateway's description. NULL if it gave none, and for NULL.
///
/// The text belongs to the result and lives as long as it; see linkwa_result_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_result_description(result: Option<&linkwa_result>) -> Text<'_> {
    panic_boundary(|| text_or_null(result.and_then(|result| result.description.as_ref())))
}

/// How many message ids the gateway gave (rule R-1). 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_result_message_ids_len(result: Option<&linkwa_result>) -> usize {
    panic_boundary(|| result.map_or(0, |result| result.message_ids.len()))
}

/// The message id of this index (from 0), in the order of the destinations (rule R-1). NULL if there is none, and for
/// NULL.
///
/// The text belongs to the result and lives as long as it; see linkwa_result_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_result_message_id(result: Option<&linkwa_result>, index: usize) -> Text<'_> {
    panic_boundary(|| text_or_null(result.and_then(|result| result.message_ids.get(index))))
}

/// How many receipts there are, each a destination with its message id: one for each destination, or none if the
/// gateway gave another number of ids than there were destinations (rule R-1), because then nothing is guessed. 0 for
/// NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_result_receipts_len(result: Option<&linkwa_result>) -> usize {
    panic_boundary(|| result.map_or(0, |result| result.receipts.len()))
}

/// The destination of the receipt of this index (from 0). NULL if there is none, and for NULL.
///
/// The text belongs to the result and lives as long as it; see linkwa_result_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_result_receipt_destination(result: Option<&linkwa_result>, index: usize) -> Text<'_> {
    panic_boundary(|| text_or_null(result.and_then(|result| result.receipts.get(index)).map(|receipt| &receipt.0)))
}

/// The message id of the receipt of this index (from 0), which event reports will name. NULL if there is none, and for
/// NULL.
///
/// The text belongs to the result and lives as long as it; see linkwa_result_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_result_receipt_message_id(result: Option<&linkwa_result>, index: usize) -> Text<'_> {
    panic_boundary(|| text_or_null(result.and_then(|result| result.receipts.get(index)).map(|receipt| &receipt.1)))
}

/// What validation warned of; an empty list, as a rule. NULL for NULL.
///
/// The list belongs to the result and lives as long as it: do not free it.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_result_warnings(result: Option<&linkwa_result>) -> Option<&linkwa_findings> {
    panic_boundary(|| result.map(|result| &result.warnings))
}

/// How many attempts it took: 1, as a rule. 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_result_attempts(result: Option<&linkwa_result>) -> u32 {
    panic_boundary(|| result.map_or(0, |result| result.attempts))
}

/// How many bytes a text has that this result gave, the NUL behind it not counted: more than strlen() says if it holds
/// U+0000. 0 for any other pointer, and for NULL.
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

/// A copy of a result with all that it gives: to keep one that is not yours, such as a chunk's. NULL for NULL, and
/// otherwise only after an internal error.
///
/// The copy is yours, to be freed with linkwa_result_free().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_result_copy(result: Option<&linkwa_result>) -> Option<Box<linkwa_result>> {
    panic_boundary(|| result.cloned().and_then(into_raw))
}

/// Frees a result with all that it gave. NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_result_free(result: Option<Box<linkwa_result>>) {
    panic_boundary(|| drop(result));
}
