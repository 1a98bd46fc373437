//! Text messages.

use crate::finding::{FindingCode, Findings, Path};
use crate::json::{Value, write_object};
use crate::rule;
use crate::text::is_blank;
use crate::wire::{Field, read_field, wire_object};

/// `WhatsApp` shows no more than this of a text, in Unicode code points.
const SHOWN: usize = 4096;

wire_object! {
    struct TextBody {
        body = "body": String,
    }
}

/// A text message.
///
/// The body must not be empty; over 4,096 Unicode code points is a warning, and so is a body of blanks only. A URL in it starts with `http://` or
/// `https://`.
///
/// ```
/// use linkwa::Text;
///
/// let text = Text::new("Track it: https://example.com/t/17").preview_url(true);
/// # let _ = text;
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Text {
    preview_url: Field<bool>,
    text: Field<TextBody>,
}

impl Text {
    /// A text with this body.
    pub fn new(body: impl Into<String>) -> Self {
        Self { preview_url: Field::Absent, text: Field::Given(TextBody { body: Field::Given(body.into()) }) }
    }

    /// Whether the recipient sees a preview of the URL in the body. Left out, the gateway shows none; `true` without a
    /// URL in the body is a warning.
    #[must_use]
    pub fn preview_url(mut self, preview: bool) -> Self {
        self.preview_url = Field::Given(preview);
        self
    }

    pub(super) fn check(&self, message: &Path<'_>, findings: &mut Findings) {
        let path = message.field("text");
        let body = self.text.get().map(|text| &text.body);
        if self.preview_url.get() == Some(&true)
            && let Some(body) = body.and_then(Field::get)
            && !rule::has_url(body)
        {
            let message_text = "is true, but the body has no http:// or https:// URL";
            findings.add(&message.field("previewUrl"), FindingCode::NoUrlToPreview, message_text);
        }
        if let Some(body) = body {
            check_body(body, &path.field("body"), findings);
            body.require(&path, "body", findings);
        }
        self.text.require(message, "text", findings);
    }

    pub(super) fn read_member(
        &mut self,
        name: &str,
        value: Value<'_>,
        path: &Path<'_>,
        findings: &mut Findings,
    ) -> bool {
        match name {
            "previewUrl" => read_field(&mut self.preview_url, value, path, findings),
            "text" => read_field(&mut self.text, value, path, findings),
            _ => return false,
        }
        true
    }

    /// Writes the whole message: `previewUrl` stands beside `text`, not in it.
    pub(super) fn write_message(&self, out: &mut Vec<u8>) {
        write_object!(out,
            "type": "text";
            "previewUrl": &self.preview_url, if !self.preview_url.is_unwritten();
            "text": &self.text;
        );
    }
}

fn check_body(body: &Field<String>, path: &Path<'_>, findings: &mut Findings) {
    let Some(text) = rule::text(body, path, findings) else { return };
    if is_blank(text) {
        findings.add(path, FindingCode::Blank, "has only blank or invisible characters");
    }
    rule::at_most(body, SHOWN, path, findings);
}

impl From<&str> for Text {
    fn from(body: &str) -> Self {
        Self::new(body)
    }
}

impl From<String> for Text {
    fn from(body: String) -> Self {
        Self::new(body)
    }
}
