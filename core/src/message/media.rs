//! Messages that link to a file. The gateway's side fetches it; the link must be reachable from the internet.

use crate::finding::{FindingCode, Findings, Path};
use crate::rule;
use crate::wire::{Field, WireObject, wire_object};

const IMAGE: &[&str] = &["jpeg", "jpg", "png"];
const AUDIO: &[&str] = &["aac", "mp4", "m4a", "amr", "mpeg", "mp3", "ogg", "opus"];
const VIDEO: &[&str] = &["mp4", "3gpp", "3gp"];
const HEADER_DOCUMENT: &[&str] = &["pdf"];

/// `WhatsApp` shows no more than this of a caption, in Unicode code points.
const CAPTION: usize = 1024;

wire_object! {
    /// A picture: JPEG or PNG.
    ///
    /// ```
    /// use linkwa::Image;
    ///
    /// let image = Image::new("https://example.com/a.png").caption("The new door");
    /// # let _ = image;
    /// ```
    pub struct Image {
        /// The absolute `http` or `https` URL to fetch the file from. It must be reachable from the internet. A path that
        /// ends in another extension than `.jpeg`, `.jpg` or `.png` is a warning.
        link = "link": String, required;
        /// The text below the picture. Over 1,024 Unicode code points is a warning. Not allowed in a template's header.
        caption = "caption": String, set;
    }
}

wire_object! {
    /// A sound: AAC, MP4, AMR, MPEG, or Ogg with Opus inside. It has no caption.
    pub struct Audio {
        /// The absolute `http` or `https` URL to fetch the file from. It must be reachable from the internet. A path that
        /// ends in another extension than `.aac`, `.mp4`, `.m4a`, `.amr`, `.mpeg`, `.mp3`, `.ogg` or `.opus` is a warning.
        link = "link": String, required;
    }
}

wire_object! {
    /// A video: MP4 or 3GPP.
    pub struct Video {
        /// The absolute `http` or `https` URL to fetch the file from. It must be reachable from the internet. A path that
        /// ends in another extension than `.mp4`, `.3gpp` or `.3gp` is a warning.
        link = "link": String, required;
        /// The text below the video. Over 1,024 Unicode code points is a warning. Not allowed in a template's header.
        caption = "caption": String, set;
    }
}

wire_object! {
    /// A document of any MIME type. In a template's header it is a PDF; another extension is a warning there.
    ///
    /// ```
    /// use linkwa::Document;
    ///
    /// let invoice = Document::new("https://example.com/17.pdf").filename("invoice.pdf").caption("Thank you");
    /// # let _ = invoice;
    /// ```
    pub struct Document {
        /// The absolute `http` or `https` URL to fetch the file from. It must be reachable from the internet.
        link = "link": String, required;
        /// The text below the document. Over 1,024 Unicode code points is a warning. Not allowed in a template's
        /// header.
        caption = "caption": String, set;
        /// The file name that the recipient sees.
        filename = "filename": String, set;
    }
}

macro_rules! media {
    ($($name:ident $($caption:ident)?, $what:literal, $extensions:expr;)*) => {
        $(
            impl $name {
                #[doc = concat!($what, " to be fetched from this absolute `http` or `https` URL.")]
                pub fn new(link: impl Into<String>) -> Self {
                    let mut medium = Self::default();
                    medium.link = Field::Given(link.into());
                    medium
                }

                pub(super) fn check(&self, path: &Path<'_>, findings: &mut Findings) {
                    rule::link(&self.link, $extensions, &path.field("link"), findings);
                    $(rule::at_most(&self.$caption, CAPTION, &path.field("caption"), findings);)?
                    self.require(path, findings);
                }
            }

            impl From<&str> for $name {
                fn from(link: &str) -> Self {
                    Self::new(link)
                }
            }

            impl From<String> for $name {
                fn from(link: String) -> Self {
                    Self::new(link)
                }
            }
        )*
    };
}

media! {
    Image caption, "A picture", Some(IMAGE);
    Audio, "A sound", Some(AUDIO);
    Video caption, "A video", Some(VIDEO);
    Document caption, "A document", None;
}

/// The stricter rules of a medium in a template's header.
macro_rules! header_media {
    ($($name:ident, $extensions:expr;)*) => {
        $(
            impl $name {
                pub(super) fn check_in_header(&self, path: &Path<'_>, findings: &mut Findings) {
                    rule::link(&self.link, Some($extensions), &path.field("link"), findings);
                    if self.caption.get().is_some() {
                        let message = "a medium in a template's header has no caption";
                        findings.add(&path.field("caption"), FindingCode::NotAllowed, message);
                    }
                    self.require(path, findings);
                }
            }
        )*
    };
}

header_media! {
    Image, IMAGE;
    Video, VIDEO;
    Document, HEADER_DOCUMENT;
}
