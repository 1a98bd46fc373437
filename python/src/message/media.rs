//! Messages that link to a file.

use super::with;
use crate::class::class;

class! {
    /// A picture: JPEG or PNG.
    ///
    /// A link that is no absolute `http` or `https` URL with a host is an error; one whose path ends in another extension
    /// than `.jpeg`, `.jpg` or `.png` is a warning (M-2).
    ///
    ///     >>> import linkwa
    ///     >>> linkwa.Image("https://example.com/a.png", caption="The new door")
    ///     Image(link='https://example.com/a.png', caption='The new door')
    Image(link, *, caption=None) matches("link") {
        /// The absolute `http` or `https` URL to fetch it from; it must be reachable from the internet.
        needed link: String,
        /// The text under the picture. Not allowed in a template's header (T-6).
        optional caption: Option<String>,
    }
}

class! {
    /// A sound: AAC, MP4, AMR, MPEG, or Ogg with Opus inside. It has no caption.
    ///
    /// A link that is no absolute `http` or `https` URL with a host is an error; one whose path ends in another extension
    /// than `.aac`, `.mp4`, `.m4a`, `.amr`, `.mpeg`, `.mp3`, `.ogg` or `.opus` is a warning (M-2).
    ///
    ///     >>> import linkwa
    ///     >>> linkwa.Audio("https://example.com/a.ogg")
    ///     Audio(link='https://example.com/a.ogg')
    Audio(link) matches("link") {
        /// The absolute `http` or `https` URL to fetch it from; it must be reachable from the internet.
        needed link: String,
    }
}

class! {
    /// A video: MP4 or 3GPP.
    ///
    /// A link that is no absolute `http` or `https` URL with a host is an error; one whose path ends in another extension
    /// than `.mp4`, `.3gpp` or `.3gp` is a warning (M-2).
    ///
    ///     >>> import linkwa
    ///     >>> linkwa.Video("https://example.com/a.mp4", caption="How to get there")
    ///     Video(link='https://example.com/a.mp4', caption='How to get there')
    Video(link, *, caption=None) matches("link") {
        /// The absolute `http` or `https` URL to fetch it from; it must be reachable from the internet.
        needed link: String,
        /// The text under the video. Not allowed in a template's header (T-6).
        optional caption: Option<String>,
    }
}

class! {
    /// A document of any MIME type; in a template's header only PDF (another extension is a warning, T-6).
    ///
    /// A link that is no absolute `http` or `https` URL with a host is an error (M-2).
    ///
    ///     >>> import linkwa
    ///     >>> linkwa.Document("https://example.com/17.pdf", filename="invoice.pdf")
    ///     Document(link='https://example.com/17.pdf', filename='invoice.pdf')
    Document(link, *, caption=None, filename=None) matches("link") {
        /// The absolute `http` or `https` URL to fetch it from; it must be reachable from the internet.
        needed link: String,
        /// The text under the document. Not allowed in a template's header (T-6).
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
