//! What validation found.

use std::mem::MaybeUninit;

use linkwa::{Finding, FindingCode};

use crate::arg::{Bytes, Text};
use crate::c_strings::{TextBuf, len_among, text_or_null};
use crate::error::{ErrorOut, spelled};
use crate::out::into_raw;
use crate::panic::{panic_boundary, panic_boundary_out};
use crate::status::{linkwa_severity, linkwa_status};

/// What validation found, in the order of the request: a list that does not change. linkwa_validate() gives one, and so
/// do linkwa_error_findings() and linkwa_result_warnings().
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
            message: match finding.code() {
                FindingCode::Required => spelled(finding.message()).as_str().into(),
                _ => finding.message().into(),
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

/// How many findings there are; 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_findings_len(findings: Option<&linkwa_findings>) -> usize {
    panic_boundary(|| findings.map_or(0, |findings| findings.0.len()))
}

/// Where it is, in the wire's words: "messages[0].text.body"; empty for the request as a whole. Field names of the
/// request stand in it, so it may hold U+0000: see linkwa_findings_text_len(). NULL if there is no finding of this
/// index (from 0), and for NULL.
///
/// The text belongs to the findings and lives as long as they.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_findings_path(findings: Option<&linkwa_findings>, index: usize) -> Text<'_> {
    panic_boundary(|| text(findings, index, |entry| &entry.path))
}

/// What it is, in a stable word: "required", "invalid_msisdn". Decide on these. NULL if there is no finding of this
/// index (from 0), and for NULL.
///
/// The text belongs to the findings and lives as long as they.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_findings_code(findings: Option<&linkwa_findings>, index: usize) -> Text<'_> {
    panic_boundary(|| text(findings, index, |entry| &entry.code))
}

/// What it is, in a sentence for people; sentences may change. It never repeats a value of the request, which may be a
/// phone number. NULL if there is no finding of this index (from 0), and for NULL.
///
/// The text belongs to the findings and lives as long as they.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_findings_message(findings: Option<&linkwa_findings>, index: usize) -> Text<'_> {
    panic_boundary(|| text(findings, index, |entry| &entry.message))
}

/// What to write instead: the nearest known name, the number without what does not belong to it, "en_GB". NULL if
/// nothing can be suggested, if there is no finding of this index (from 0), and for NULL.
///
/// The text belongs to the findings and lives as long as they.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_findings_suggestion(findings: Option<&linkwa_findings>, index: usize) -> Text<'_> {
    panic_boundary(|| {
        let entry = findings.and_then(|findings| findings.0.get(index));
        text_or_null(entry.and_then(|entry| entry.suggestion.as_ref()))
    })
}

/// Whether it keeps the request from being sent. LINKWA_SEVERITY_NONE if there is no finding of this index (from 0),
/// and for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_findings_severity(findings: Option<&linkwa_findings>, index: usize) -> linkwa_severity {
    panic_boundary(|| {
        let entry = findings.and_then(|findings| findings.0.get(index));
        entry.map_or(linkwa_severity::LINKWA_SEVERITY_NONE, |entry| entry.severity)
    })
}

/// How many bytes a text has that these findings gave, the NUL behind it not counted: more than strlen() says if it
/// holds U+0000. 0 for any other pointer, and for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_findings_text_len(findings: Option<&linkwa_findings>, text: Text<'_>) -> usize {
    panic_boundary(|| {
        let entries = findings.map_or(&[][..], |findings| &findings.0);
        len_among(text, entries.iter().flat_map(Entry::texts))
    })
}

/// Frees findings that linkwa_validate() gave, and their texts; those of an error or result are freed with it. NULL is
/// fine.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_findings_free(findings: Option<Box<linkwa_findings>>) {
    panic_boundary(|| drop(findings));
}

/// Checks a whole request in wire form, `len` bytes of JSON in UTF-8, and gives everything that is wrong or doubtful.
///
/// It fails for no request: what is no JSON is the finding "invalid_json". The findings are the caller's, to be freed
/// with linkwa_findings_free().
///
/// Errors: LINKWA_INVALID_ARGUMENT if `json` or `findings` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_validate(
    json: Bytes<'_>,
    len: usize,
    findings: FindingsOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    panic_boundary_out(findings, "findings", err, || {
        let json = json.get(len, "json")?;
        Ok(into_raw(linkwa_findings::new(&linkwa::validate(json))))
    })
}
