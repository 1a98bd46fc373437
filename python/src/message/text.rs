//! Text messages.

use crate::class::class;

class! {
    /// A text message.
    ///
    /// An empty body is an error; one of over 4,096 Unicode code points is a warning (M-3). A URL in it starts with
    /// `http://` or `https://`.
    ///
    /// As with every message class, a wrong type is a `TypeError` that names the argument; what the values say is
    /// validated when the message is sent or built, and what is wrong with it is then in `InvalidRequest.findings`.
    ///
    ///     >>> import linkwa
    ///     >>> linkwa.Text("Track it: https://example.com/t/17", preview_url=True)
    ///     Text(body='Track it: https://example.com/t/17', preview_url=True)
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
