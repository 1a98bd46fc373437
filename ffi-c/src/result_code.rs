//! The meaning of result codes in answers and event reports.

use std::sync::LazyLock;

use linkwa::ResultCode;

use crate::arg::Text;
use crate::c_strings::{TextBuf, text_or_null};
use crate::panic::panic_boundary;

/// The texts of a code.
struct Entry {
    code: ResultCode,
    name: Option<TextBuf>,
    explanation: TextBuf,
}

impl Entry {
    fn new(code: ResultCode) -> Self {
        Self { code, name: code.name().map(TextBuf::from), explanation: code.explanation().into() }
    }
}

/// The texts of each listed code, and those that all other codes share.
static ENTRIES: LazyLock<(Vec<Entry>, Entry)> = LazyLock::new(|| {
    let listed: Vec<_> = ResultCode::LISTED.iter().copied().map(Entry::new).collect();
    let mut numbers = 0_i64..;
    let unlisted = numbers.find(|number| ResultCode::from(*number).name().is_none()).unwrap_or_default();
    (listed, Entry::new(unlisted.into()))
});

fn entry(code: i64) -> &'static Entry {
    let (listed, unlisted) = &*ENTRIES;
    listed.iter().find(|entry| entry.code.number() == code).unwrap_or(unlisted)
}

/// Returns the name of a result code, the same in every language: "delivered", "invalid_contact". Returns NULL for a
/// code that this library does not know; the gateway may be newer.
///
/// The text is static.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_result_code_name(code: i64) -> Text<'static> {
    panic_boundary(|| text_or_null(entry(code).name.as_ref()))
}

/// Returns a sentence for people that explains a result code. Never NULL: there is one for unlisted codes too. The
/// wording may change.
///
/// The text is static.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_result_code_explanation(code: i64) -> Text<'static> {
    panic_boundary(|| entry(code).explanation.text())
}

/// Returns whether a result code is a success so far: 112001 to 112008.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_result_code_is_success(code: i64) -> bool {
    panic_boundary(|| ResultCode::from(code).is_success())
}

/// Returns whether a result code means that the message will not arrive: 112000, 112500, or a listed 1124xx. An
/// unlisted code is neither a success nor a failure.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_result_code_is_failure(code: i64) -> bool {
    panic_boundary(|| ResultCode::from(code).is_failure())
}

/// Returns whether a result code is final: the message was delivered (and perhaps read or deleted), or it failed.
///
/// The code alone does not say what a report is about. A failed report without a message id is final for its request
/// only if its message type is `request`; with another type it proves nothing. linkwa_status_tracker_resolve() applies this.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_result_code_is_final(code: i64) -> bool {
    panic_boundary(|| ResultCode::from(code).is_final())
}

/// Returns whether LINK asks you to contact its support about a result code.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_result_code_should_contact_support(code: i64) -> bool {
    panic_boundary(|| ResultCode::from(code).should_contact_support())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_every_code_are_those_of_core() {
        let unlisted = [0, -1, 112_009, 112_407, i64::MIN, i64::MAX].map(ResultCode::from);
        for code in ResultCode::LISTED.iter().copied().chain(unlisted) {
            let number = code.number();
            assert_eq!(linkwa_result_code_name(number).optional("name").expect("UTF-8"), code.name(), "{code}");
            assert_eq!(
                linkwa_result_code_explanation(number).get("explanation").ok(),
                Some(code.explanation()),
                "{code}"
            );
            assert_eq!(linkwa_result_code_is_success(number), code.is_success(), "{code}");
            assert_eq!(linkwa_result_code_is_failure(number), code.is_failure(), "{code}");
            assert_eq!(linkwa_result_code_is_final(number), code.is_final(), "{code}");
            assert_eq!(linkwa_result_code_should_contact_support(number), code.should_contact_support(), "{code}");
        }
    }
}
