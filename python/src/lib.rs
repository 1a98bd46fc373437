//! The native module of the Python package `linkwa`. It converts what Python gives, calls the core, and converts back; what is
//! decided is decided there.

mod class;
mod finding;
mod json;
mod message;
mod value;

#[pyo3::pymodule]
mod _linkwa {
    use pyo3::prelude::*;

    // Until there is `build`: the JSON of messages, for tests.
    #[pymodule_export]
    use super::message::messages_json;

    // Messages
    #[pymodule_export]
    use super::finding::{Finding, new_ref_id, validate};
    #[pymodule_export]
    use super::message::{
        Address, Audio, Body, Contact, Contacts, Currency, DateTime, Document, Email, Header, Image, Location, Name,
        Org, Phone, QuickReplyButton, Raw, Template, Text, Url, UrlButton, Video,
    };

    /// The version of the package.
    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
