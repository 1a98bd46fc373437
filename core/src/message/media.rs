//! Messages with a file. The gateway's side fetches it from a link, which must be reachable from the internet; with extensions
//! it may also be a file that was uploaded before.

use serde::Serialize;

use crate::declared::{Declared, Kind};
use crate::finding::{FindingCode, Findings, Path};
use crate::json::Value;
use crate::rule;
use crate::wire::{Field, Read, wire_object};

const IMAGE: &[&str] = &["jpeg", "jpg", "png"];
const AUDIO: &[&str] = &["aac", "mp4", "m4a", "amr", "mpeg", "mp3", "ogg", "opus"];
const VIDEO: &[&str] = &["mp4", "3gpp", "3gp"];
const HEADER_DOCUMENT: &[&str] = &["pdf"];

/// `WhatsApp` shows no more than this of a caption, in Unicode code points.
const CAPTION: usize = 1024;

/// The id of a file that was uploaded before. Without extensions it is not read.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct FileId(String);

impl Declared for FileId {
    const KIND: Kind = Kind::String;
}

impl Read for FileId {
    fn read(value: Value<'_>, path: &Path<'_>, findings: &mut Findings) -> Option<Self> {
        if findings.allows_extensions() { String::read(value, path, findings).map(Self) } else { None }
    }
}

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
        /// The id of a file that was uploaded before, in place of `link`. Not empty. Not in version 1.4.1 of LINK's document:
        /// it needs the setting `extensions`.
        id = "id": FileId;
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
        /// The id of a file that was uploaded before, in place of `link`. Not empty. Not in version 1.4.1 of LINK's document:
        /// it needs the setting `extensions`.
        id = "id": FileId;
    }
}

wire_object! {
    /// A video: MP4 or 3GPP.
    pub struct Video {
        /// The absolute `http` or `https` URL to fetch the file from. It must be reachable from the internet. A path that
        /// ends in another extension than `.mp4`, `.3gpp` or `.3gp` is a warning.
        link = "link": String, required;
        /// The id of a file that was uploaded before, in place of `link`. Not empty. Not in version 1.4.1 of LINK's document:
        /// it needs the setting `extensions`.
        id = "id": FileId;
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
        /// The id of a file that was uploaded before, in place of `link`. Not empty. Not in version 1.4.1 of LINK's document:
        /// it needs the setting `extensions`.
        id = "id": FileId;
        /// The text below the document. Over 1,024 Unicode code points is a warning. Not allowed in a template's
        /// header.
        caption = "caption": String, set;
        /// The file name that the recipient sees.
        filename = "filename": String, set;
    }
}

macro_rules! media {
    ($($name:ident $($caption:ident)?, $what:literal, $endings:expr;)*) => {
        $(
            impl $name {
                #[doc = concat!($what, " to be fetched from this absolute `http` or `https` URL.")]
                pub fn new(link: impl Into<String>) -> Self {
                    Self::from_file(Some(link.into()), None)
                }

                #[doc = concat!($what, " that was uploaded before and has this id. Not in version 1.4.1 of LINK's document: it")]
                /// needs the setting [`extensions`](crate::Config::extensions).
                pub fn by_id(id: impl Into<String>) -> Self {
                    Self::from_file(None, Some(id.into()))
                }

                /// For bindings; validation reports whether both or neither are given.
                #[doc(hidden)]
                pub fn from_file(link: Option<String>, id: Option<String>) -> Self {
                    let mut medium = Self::default();
                    medium.link = link.into();
                    medium.id = id.map(FileId).into();
                    medium
                }

                pub(super) fn check(&self, path: &Path<'_>, findings: &mut Findings) {
                    check_file(&self.link, &self.id, $endings, path, findings);
                    $(rule::at_most(&self.$caption, CAPTION, &path.field("caption"), findings);)?
                    require_file(&self.link, &self.id, path, findings);
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

/// Checks the link or the id: one of them, where both are allowed.
fn check_file(
    link: &Field<String>,
    id: &Field<FileId>,
    endings: Option<&[&str]>,
    path: &Path<'_>,
    findings: &mut Findings,
) {
    if findings.allows_extensions() && link.is_absent() == id.is_absent() {
        findings.add(path, FindingCode::Incomplete, "needs either `link` or `id`");
    }
    rule::link(link, endings, &path.field("link"), findings);
    if id.is_absent() {
        return;
    }
    let path = path.field("id");
    if !findings.allows_extensions() {
        findings.extension(&path, "the id of an uploaded file");
    } else if id.get().is_some_and(|id| id.0.is_empty()) {
        rule::empty(&path, findings);
    }
}

/// Reports a missing link where only a link is allowed. Call it after the other fields of the object.
fn require_file(link: &Field<String>, id: &Field<FileId>, path: &Path<'_>, findings: &mut Findings) {
    if !findings.allows_extensions() && id.is_absent() {
        link.require(path, "link", findings);
    }
}

/// The stricter rules of a medium in a template's header.
macro_rules! header_media {
    ($($name:ident, $endings:expr;)*) => {
        $(
            impl $name {
                pub(super) fn check_in_header(&self, path: &Path<'_>, findings: &mut Findings) {
                    check_file(&self.link, &self.id, Some($endings), path, findings);
                    if self.caption.get().is_some() {
                        let message = "a medium in a template's header has no caption";
                        findings.add(&path.field("caption"), FindingCode::NotAllowed, message);
                    }
                    require_file(&self.link, &self.id, path, findings);
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
