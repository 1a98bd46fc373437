//! Messages with a file.

use super::with;
use crate::class::class;

class! {
    declared Image(link=None, *, id=None, caption=None) matches("link") {
        optional link: Option<String>,
        optional id: Option<String>,
        optional caption: Option<String>,
    }
    wire super::to_dict;
}

class! {
    declared Audio(link=None, *, id=None) matches("link") {
        optional link: Option<String>,
        optional id: Option<String>,
    }
    wire super::to_dict;
}

class! {
    declared Video(link=None, *, id=None, caption=None) matches("link") {
        optional link: Option<String>,
        optional id: Option<String>,
        optional caption: Option<String>,
    }
    wire super::to_dict;
}

class! {
    declared Document(link=None, *, id=None, caption=None, filename=None) matches("link") {
        optional link: Option<String>,
        optional id: Option<String>,
        optional caption: Option<String>,
        optional filename: Option<String>,
    }
    wire super::to_dict;
}

impl Image {
    pub(super) fn to_core(&self) -> linkwa::Image {
        with(
            linkwa::Image::from_file(self.link.clone(), self.id.clone()),
            self.caption.as_ref(),
            linkwa::Image::caption,
        )
    }
}

impl Audio {
    pub(super) fn to_core(&self) -> linkwa::Audio {
        linkwa::Audio::from_file(self.link.clone(), self.id.clone())
    }
}

impl Video {
    pub(super) fn to_core(&self) -> linkwa::Video {
        with(
            linkwa::Video::from_file(self.link.clone(), self.id.clone()),
            self.caption.as_ref(),
            linkwa::Video::caption,
        )
    }
}

impl Document {
    pub(super) fn to_core(&self) -> linkwa::Document {
        let document = linkwa::Document::from_file(self.link.clone(), self.id.clone());
        let document = with(document, self.caption.as_ref(), linkwa::Document::caption);
        with(document, self.filename.as_ref(), linkwa::Document::filename)
    }
}
