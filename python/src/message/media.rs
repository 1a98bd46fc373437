//! Messages that link to a file.

use super::with;
use crate::class::class;

class! {
    declared Image(link, *, caption=None) matches("link") {
        needed link: String,
        optional caption: Option<String>,
    }
}

class! {
    declared Audio(link) matches("link") {
        needed link: String,
    }
}

class! {
    declared Video(link, *, caption=None) matches("link") {
        needed link: String,
        optional caption: Option<String>,
    }
}

class! {
    declared Document(link, *, caption=None, filename=None) matches("link") {
        needed link: String,
        optional caption: Option<String>,
        optional filename: Option<String>,
    }
}

impl Image {
    pub(super) fn to_core(&self) -> linkwa::Image {
        with(linkwa::Image::new(&self.link), self.caption.as_ref(), linkwa::Image::caption)
    }
}

impl Audio {
    pub(super) fn to_core(&self) -> linkwa::Audio {
        linkwa::Audio::new(&self.link)
    }
}

impl Video {
    pub(super) fn to_core(&self) -> linkwa::Video {
        with(linkwa::Video::new(&self.link), self.caption.as_ref(), linkwa::Video::caption)
    }
}

impl Document {
    pub(super) fn to_core(&self) -> linkwa::Document {
        let document = with(linkwa::Document::new(&self.link), self.caption.as_ref(), linkwa::Document::caption);
        with(document, self.filename.as_ref(), linkwa::Document::filename)
    }
}
