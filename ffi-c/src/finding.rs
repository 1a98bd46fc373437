//! Findings of validation.

use std::mem::MaybeUninit;

use linkwa::{Finding, Validation};

use crate::arg::{Bytes, Text};
use crate::c_strings::{TextBuf, len_among, text_or_null};
use crate::error::{ErrorOut, spelled};
use crate::out::into_raw;
use crate::panic::{panic_boundary, panic_boundary_out};
use crate::status::{linkwa_severity, linkwa_status};

/// What validation found, in the order of the request. The list does not change. linkwa_validate(),
/// linkwa_check_destination(), linkwa_error_findings() and linkwa_result_warnings() return one.
///
/// A built object: threads may share it (see THREADS).
#[derive(Clone, Debug, Default)]
pub struct linkwa_findings(Vec<Entry>);

#[derive(Clone, Debug)]
struct Entry {
    path: TextBuf,
    code: TextBuf,
    message: TextBuf,
    severity: linkwa_severity,
    suggestion: Option<TextBuf>,
}

impl Entry {
    fn texts(&self) -> impl Iterator<Item = &TextBuf> {
        [&self.path, &self.code, &self.message].into_iter().chain(&self.suggestion)
    }
}

/// An out-parameter for findings.
pub(crate) type FindingsOut<'a> = Option<&'a mut MaybeUninit<Option<Box<linkwa_findings>>>>;

impl linkwa_findings {
    pub(crate) fn new(findings: &[Finding]) -> Self {
        let entry = |finding: &Finding| Entry {
            path: finding.path().into(),
            code: finding.code().as_str().into(),
            message: if finding.names_setting() {
                spelled(finding.message()).as_str().into()
            } else {
                finding.message().into()
            },
            severity: finding.severity().into(),
            suggestion: finding.suggestion().map(TextBuf::from),
        };
        Self(findings.iter().map(entry).collect())
    }
}

fn text(findings: Option<&linkwa_findings>, index: usize, part: impl FnOnce(&Entry) -> &TextBuf) -> Text<'_> {
    text_or_null(findings.and_then(|findings| findings.0.get(index)).map(part))
}

/// Returns the number of findings. Returns 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_findings_len(findings: Option<&linkwa_findings>) -> usize {
    panic_boundary(|| findings.map_or(0, |findings| findings.0.len()))
}

/// Returns the path of the finding in the names of the wire: "messages[0].text.body"; empty for the request as a whole.
/// It contains field names of the request, so it may hold U+0000: see linkwa_findings_text_len(). Returns NULL if the
/// index (from 0) is too large, and for NULL.
///
/// The text belongs to the findings and lives as long as they.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_findings_path(findings: Option<&linkwa_findings>, index: usize) -> Text<'_> {
    panic_boundary(|| text(findings, index, |entry| &entry.path))
}

/// Returns the stable code of the finding: "required", "invalid_msisdn". Base decisions on it. Returns NULL if the
/// index (from 0) is too large, and for NULL.
///
/// The text belongs to the findings and lives as long as they.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_findings_code(findings: Option<&linkwa_findings>, index: usize) -> Text<'_> {
    panic_boundary(|| text(findings, index, |entry| &entry.code))
}

/// Returns a sentence for people; the wording may change. It never repeats a value of the request, which may be a phone
/// number. Returns NULL if the index (from 0) is too large, and for NULL.
///
/// The text belongs to the findings and lives as long as they.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_findings_message(findings: Option<&linkwa_findings>, index: usize) -> Text<'_> {
    panic_boundary(|| text(findings, index, |entry| &entry.message))
}

/// Returns a suggested value: the nearest known name, the number without its separators, "en_GB". Returns NULL if there
/// is no suggestion, if the index (from 0) is too large, and for NULL.
///
/// The text belongs to the findings and lives as long as they.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_findings_suggestion(findings: Option<&linkwa_findings>, index: usize) -> Text<'_> {
    panic_boundary(|| {
        let entry = findings.and_then(|findings| findings.0.get(index));
        text_or_null(entry.and_then(|entry| entry.suggestion.as_ref()))
    })
}

/// Returns whether the finding prevents sending. Returns LINKWA_SEVERITY_NONE if the index (from 0) is too large, and
/// for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_findings_severity(findings: Option<&linkwa_findings>, index: usize) -> linkwa_severity {
    panic_boundary(|| {
        let entry = findings.and_then(|findings| findings.0.get(index));
        entry.map_or(linkwa_severity::LINKWA_SEVERITY_NONE, |entry| entry.severity)
    })
}

/// Returns the length in bytes of a text that these findings returned, without the terminating NUL. It is more than
/// strlen() returns if the text contains U+0000. Returns 0 for any other pointer, and for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_findings_text_len(findings: Option<&linkwa_findings>, text: Text<'_>) -> usize {
    panic_boundary(|| {
        let entries = findings.map_or(&[][..], |findings| &findings.0);
        len_among(text, entries.iter().flat_map(Entry::texts))
    })
}

/// Frees findings that are yours, and their texts. Those of an error or result are freed with it. NULL is allowed.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_findings_free(findings: Option<Box<linkwa_findings>>) {
    panic_boundary(|| drop(findings));
}

/// Checks a whole request in wire form, `len` bytes of JSON in UTF-8, and returns all errors and warnings.
///
/// Every request gives a list of findings: a text that is not JSON has the finding "invalid_json". The findings are
/// yours; free them with linkwa_findings_free().
///
/// Errors: LINKWA_INVALID_ARGUMENT if `json` or `findings` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_validate(
    json: Bytes<'_>,
    len: usize,
    findings: FindingsOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    validate(json, len, false, findings, err)
}

/// As linkwa_validate(), and allows what version 1.4.1 of LINK's document does not have: interactive messages, media by
/// their id, and templates without a namespace. A client sends them only with linkwa_config_set_extensions().
///
/// The findings are yours; free them with linkwa_findings_free().
///
/// Errors: LINKWA_INVALID_ARGUMENT if `json` or `findings` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_validate_with_extensions(
    json: Bytes<'_>,
    len: usize,
    findings: FindingsOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    validate(json, len, true, findings, err)
}

fn validate(
    json: Bytes<'_>,
    len: usize,
    extensions: bool,
    findings: FindingsOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    panic_boundary_out(findings, "findings", err, || {
        let found = linkwa::validate_with(json.get(len, "json")?, Validation::new().extensions(extensions));
        Ok(into_raw(linkwa_findings::new(&found)))
    })
}

/// Checks one destination, as linkwa_validate() checks those of a request: 3 to 15 digits with or without "+", or a
/// business-scoped user id. Returns its errors and warnings. It can be sent to if none of them is an error (a strict
/// client refuses warnings too). Their path is empty; a suggestion is the cleaned number.
///
/// The findings are yours; free them with linkwa_findings_free().
///
/// Errors: LINKWA_INVALID_ARGUMENT if `number` or `findings` is NULL, or `number` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_check_destination(
    number: Text<'_>,
    findings: FindingsOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    panic_boundary_out(findings, "findings", err, || {
        let number = number.get("number")?;
        Ok(into_raw(linkwa_findings::new(&linkwa::check_destination(number))))
    })
}
