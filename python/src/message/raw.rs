//! Messages that are sent as they are.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use crate::class::class;
use crate::json::exact_mapping_text;
use crate::value::{Place, Value, wrong_type};

class! {
    /// A message object that is sent as it is. Use it for message types and fields that are newer than version 1.4.1 of
    /// the API.
    ///
    /// It is a mapping, or the text of a JSON object as `str` or `bytes`, of at most 1 MiB and 64 levels. Sending or
    /// building checks only that it is one JSON object; its content is not validated.
    ///
    ///     >>> import linkwa
    ///     >>> linkwa.Raw({"type": "interactive", "interactive": {"type": "list"}}).json
    ///     '{"type":"interactive","interactive":{"type":"list"}}'
    Raw(json) matches("json") {
        /// The JSON text.
        needed json: Json,
    }
    wire super::to_dict;
}

impl Raw {
    pub(super) fn to_core(&self) -> Result<linkwa::Raw, linkwa::Error> {
        linkwa::Raw::new(&self.json.0)
    }
}

/// JSON text, which may be given as the value that it encodes.
#[derive(PartialEq)]
pub(crate) struct Json(String);

impl Value for Json {
    fn read(value: &Bound<'_, PyAny>, place: Place<'_>) -> PyResult<Self> {
        if value.is_instance_of::<PyString>() {
            return String::read(value, place).map(Self);
        }
        let text = match value.cast::<PyBytes>() {
            Ok(bytes) => Some(bytes.as_bytes().to_vec()),
            Err(_) => exact_mapping_text(value, place)?,
        };
        let text = text.ok_or_else(|| wrong_type(place, "a mapping, str or bytes", value))?;
        String::from_utf8(text).map(Self).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            pyo3::exceptions::PyValueError::new_err(format!("{place} is not UTF-8 (byte {at})"))
        })
    }

    fn write<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.0.write(py)
    }
}
