//! Messages that link to a file.

use super::with;
use crate::class::class;

class! {
    /// A picture: JPEG or PNG.
    ///
    /// A link whose path ends in another extension than `.jpeg`, `.jpg` or `.png` is a warning.
    Image(link, *, caption=None) matches("link") {
        /// The absolute `http` or `https` URL to fetch it from; it must be reachable from the internet.
        needed link: String,
        /// The text under the picture. Not allowed in a template's header (rule T-6).
        optional caption: Option<String>,
    }
}

class! {
    /// A sound: AAC, MP4, AMR, MPEG, or Ogg with Opus inside. It has no caption.
    ///
    /// A link whose path ends in another extension than `.aac`, `.mp4`, `.m4a`, `.amr`, `.mpeg`, `.mp3`, `.ogg` or `.opus`
    /// is a warning.
    Audio(link) matches("link") {
        /// The absolute `http` or `https` URL to fetch it from; it must be reachable from the internet.
        needed link: String,
    }
}

class! {
    /// A video: MP4 or 3GPP.
    ///
    /// A link whose path ends in another extension than `.mp4`, `.3gpp` or `.3gp` is a warning.
    Video(link, *, caption=None) matches("link") {
        /// The absolute `http` or `https` URL to fetch it from; it must be reachable from the internet.
        needed link: String,
        /// The text under the video. Not allowed in a template's header (rule T-6).
        optional caption: Option<String>,
    }
}

class! {
    /// A document of any MIME type; in a template's header only PDF (another extension is a warning, rule T-6).
    Document(link, *, caption=None, filename=None) matches("link") {
        /// The absolute `http` or `https` URL to fetch it from; it must be reachable from the internet.
        needed link: String,
        /// The text under the document. Not allowed in a template's header (rule T-6).
        optional caption: Option<String>,
        /// The file name that the recipient sees.
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
