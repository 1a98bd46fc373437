//! Text messages.

use serde::ser::SerializeMap;

use super::Members;
use crate::declared::{Declared, Field as Declaration, Kind};
use crate::finding::{FindingCode, Findings, Path};
use crate::json::Value;
use crate::rule;
use crate::text::is_blank;
use crate::wire::{Field, WireObject, wire_object};

/// `WhatsApp` shows no more than this of a text, in Unicode code points.
const SHOWN: usize = 4096;

wire_object! {
    /// The content of a text message.
    struct TextBody {
        /// The text. Not empty. Over 4,096 Unicode code points is a warning, and so is a body of white space only. A
        /// URL in it must start with `http://` or `https://`.
        body = "body": String, required;
    }
}

wire_object! {
    /// A text message.
    ///
    /// The body must not be empty; over 4,096 Unicode code points is a warning, and so is a body of white space only. A
    /// URL in it must start with `http://` or `https://`.
    ///
    /// ```
    /// use linkwa::Text;
    ///
    /// let text = Text::new("Track it: https://example.com/t/17").preview_url(true);
    /// # let _ = text;
    /// ```
    pub struct Text {
        /// Whether the recipient sees a preview of the URL in the body. Without it the gateway shows none. `true`
        /// without a URL in the body is a warning.
        preview_url = "previewUrl": bool, set;
        /// The content.
        text = "text": TextBody, required;
    }
}

impl Text {
    /// A text with this body.
    pub fn new(body: impl Into<String>) -> Self {
        Self { preview_url: Field::Absent, text: Field::Given(TextBody { body: Field::Given(body.into()) }) }
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
        if let Some(text) = self.text.get() {
            check_body(&text.body, &path.field("body"), findings);
            text.require(&path, findings);
        }
        self.require(message, findings);
    }
}

/// `previewUrl` stands beside `text`, not in it.
impl Members for Text {
    const NAMES: &'static [&'static str] = &["type", "previewUrl", "text"];
    const DECLARED: &'static [Declaration] = match Self::KIND {
        Kind::Object(text) => text.fields,
        _ => &[],
    };

    fn read_member(&mut self, name: &str, value: Value<'_>, path: &Path<'_>, findings: &mut Findings) -> bool {
        WireObject::read_member(self, name, value, path, findings)
    }

    fn check(&self, path: &Path<'_>, findings: &mut Findings) {
        Self::check(self, path, findings);
    }

    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        self.write_members(map)
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
