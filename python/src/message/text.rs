//! Text messages.

use crate::class::class;

class! {
    declared Text(body, *, preview_url=None) matches("body") {
        needed body: String,
        optional preview_url: Option<bool>,
    }
    wire super::to_dict;
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
