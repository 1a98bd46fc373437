//! Text messages.

use crate::class::class;

class! {
    /// A text message.
    ///
    /// Over 4,096 Unicode code points is a warning. A URL in it starts with `http://` or `https://`.
    Text(body, *, preview_url=None) matches("body") {
        /// What is said. Not empty.
        needed body: String,
        /// Whether the recipient sees a preview of the URL in the body. Left out, the gateway shows none; `True` without a
        /// URL in the body is a warning.
        optional preview_url: Option<bool>,
    }
}

impl Text {
    pub(super) fn to_core(&self) -> linkwa::Text {
        let text = linkwa::Text::new(&self.body);
        match self.preview_url {
            Some(preview) => text.preview_url(preview),
            None => text,
        }
    }
}
