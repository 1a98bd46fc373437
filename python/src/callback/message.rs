//! Received messages.

use linkwa::Callback;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::made;
use super::part::{Button, Content, Context, Route};
use super::report::again;
use super::value::{Moment, Texts, decoded, hash, json_texts};

/// A message that a user sent to a business number (C-2). `parse_callback` makes it; for tests, the class does:
/// `ReceivedMessage(source="+46000000001", message_id="m", text="Hello")`. Then `button`, `context` and `route` are mappings with
/// the wire's names, as is `extra`, whose fields stand beside the others.
///
/// It holds the callback's text; attributes are read from it. A field that is absent, null or of an unexpected shape is
/// None. Four parts that everybody reads stand on top as well: `content_type`, `text`, `button`, `context`. Two are equal
/// whose texts are. The repr shows nothing that somebody wrote.
///
///     >>> import linkwa
///     >>> content = '{"message": {"contentType": "BUTTON", "button": {"text": "Yes", "payload": "yes-17"}}}'
///     >>> body = '{"messageId": "m", "source": "+46000000001", "content": %s}' % content
///     >>> message = linkwa.parse_callback(body)
///     >>> message.source, message.button.payload, message.key
///     ('+46000000001', 'yes-17', 'message:m')
#[pyclass(frozen, module = "linkwa")]
pub(crate) struct ReceivedMessage(pub(crate) linkwa::ReceivedMessage);

#[linkwa_python_macros::guarded]
#[pymethods]
impl ReceivedMessage {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str) = ("source", "text");

    /// For tests: the message that the gateway would post with these fields.
    #[new]
    #[pyo3(signature = (
        *, source, message_id, text=None, button=None, context=None, content_type=None, destination=None, provider=None,
        timestamp=None, provider_timestamp=None, provider_message_id=None, route=None, gate_custom_parameters=None,
        custom_parameters=None, extra=None
    ))]
    #[expect(clippy::too_many_arguments, reason = "in Python they are keywords")]
    fn new(
        source: &Bound<'_, PyAny>,
        message_id: &Bound<'_, PyAny>,
        text: Option<&Bound<'_, PyAny>>,
        button: Option<&Bound<'_, PyAny>>,
        context: Option<&Bound<'_, PyAny>>,
        content_type: Option<&Bound<'_, PyAny>>,
        destination: Option<&Bound<'_, PyAny>>,
        provider: Option<&Bound<'_, PyAny>>,
        timestamp: Option<&Bound<'_, PyAny>>,
        provider_timestamp: Option<&Bound<'_, PyAny>>,
        provider_message_id: Option<&Bound<'_, PyAny>>,
        route: Option<&Bound<'_, PyAny>>,
        gate_custom_parameters: Option<&Bound<'_, PyAny>>,
        custom_parameters: Option<&Bound<'_, PyAny>>,
        extra: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let py = source.py();
        let message = PyDict::new(py);
        message.set_item("contentType", if button.is_some() { "BUTTON" } else { "TEXT" })?;
        made::put(&message, "contentType", content_type)?;
        made::put(&message, "text", text)?;
        made::put(&message, "button", button)?;
        made::put(&message, "context", context)?;
        let content = PyDict::new(py);
        content.set_item("type", "WHATSAPP")?;
        content.set_item("message", message)?;
        let wire = PyDict::new(py);
        made::put(&wire, "destination", destination)?;
        wire.set_item("source", source)?;
        wire.set_item("content", content)?;
        made::put(&wire, "provider", provider)?;
        made::put_time(&wire, "timestamp", "timestamp", timestamp)?;
        wire.set_item("messageId", message_id)?;
        made::put_time(&wire, "providerTimestamp", "provider_timestamp", provider_timestamp)?;
        made::put(&wire, "providerMessageId", provider_message_id)?;
        made::put(&wire, "route", route)?;
        made::put(&wire, "gateCustomParameters", gate_custom_parameters)?;
        made::put(&wire, "customParameters", custom_parameters)?;
        match made::read(&wire, extra)? {
            Callback::ReceivedMessage(message) => Ok(Self(message)),
            _ => Err(made::other_kind()),
        }
    }

    /// The business number.
    #[getter]
    fn destination(&self) -> Option<&str> {
        self.0.destination()
    }

    /// The number of the user who wrote.
    #[getter]
    fn source(&self) -> &str {
        self.0.source()
    }

    /// What the message consists of.
    #[getter]
    fn content(slf: &Bound<'_, Self>) -> Option<Content> {
        Content::of(slf)
    }

    /// Who delivered it: "whatsapp".
    #[getter]
    fn provider(&self) -> Option<&str> {
        self.0.provider()
    }

    /// When the gateway received it, with the offset that it was written with, to the microsecond. None if it is absent,
    /// no RFC 3339 date-time, or none that a datetime can hold; its text as it came is in `timestamp_raw`.
    #[getter]
    fn timestamp(&self) -> Moment {
        Moment(self.0.timestamp())
    }

    /// The text of `timestamp` as it came.
    #[getter]
    fn timestamp_raw(&self) -> Option<&str> {
        self.0.timestamp_raw()
    }

    /// The gateway's id of the message.
    #[getter]
    fn message_id(&self) -> &str {
        self.0.message_id()
    }

    /// When the provider received it; as `timestamp`. Its text as it came is in `provider_timestamp_raw`.
    #[getter]
    fn provider_timestamp(&self) -> Moment {
        Moment(self.0.provider_timestamp())
    }

    /// The text of `provider_timestamp` as it came.
    #[getter]
    fn provider_timestamp_raw(&self) -> Option<&str> {
        self.0.provider_timestamp_raw()
    }

    /// The provider's id of the message.
    #[getter]
    fn provider_message_id(&self) -> Option<&str> {
        self.0.provider_message_id()
    }

    /// How the message found its way to this callback.
    #[getter]
    fn route(slf: &Bound<'_, Self>) -> Option<Route> {
        Route::of(slf)
    }

    /// The parameters of the gate that it was sent to, in a new dict.
    #[getter]
    fn gate_custom_parameters(&self) -> Option<Texts<'_>> {
        self.0.gate_custom_parameters().map(Texts)
    }

    /// Further parameters, in a new dict.
    #[getter]
    fn custom_parameters(&self) -> Option<Texts<'_>> {
        self.0.custom_parameters().map(Texts)
    }

    /// `content.message.content_type`: "TEXT" or "BUTTON"; newer gateways have more.
    #[getter]
    fn content_type(&self) -> Option<&str> {
        self.0.content_type()
    }

    /// `content.message.text`: what the user wrote.
    #[getter]
    fn text(&self) -> Option<&str> {
        self.0.text()
    }

    /// `content.message.button`: the button that the user pressed.
    #[getter]
    fn button(slf: &Bound<'_, Self>) -> Option<Button> {
        Button::of(slf)
    }

    /// `content.message.context`: what the user replied to.
    #[getter]
    fn context(slf: &Bound<'_, Self>) -> Option<Context> {
        Context::of(slf)
    }

    /// Until when every message type may be sent to the user (W-1): 24 hours after the provider's timestamp, or else the
    /// gateway's. None if neither can be read. Advisory: a later message opens the window anew.
    #[getter]
    fn care_window_closes_at(&self) -> Moment {
        Moment(self.0.care_window_closes_at())
    }

    /// A deduplication key: "message:{messageId}", with the id written as in `EventReport.key`. A message can be delivered more
    /// than once; record the key after you have processed the message.
    #[getter]
    fn key(&self) -> String {
        self.0.key()
    }

    /// The callback's JSON text as it came.
    #[getter]
    fn raw(&self) -> &str {
        self.0.raw()
    }

    /// Fields that this library does not know, and known ones of an unexpected shape (C-6), decoded at each access. An
    /// integer of more digits than int takes (4,300, as a rule) is a Decimal.
    #[getter]
    fn extra<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        decoded(py, Some(self.0.extra()))
    }

    /// The same fields as `extra`: their JSON texts, exactly as they came.
    #[getter]
    fn extra_json<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        json_texts(py, Some(self.0.extra()))
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| self.0 == other.get().0)
    }

    fn __hash__(&self) -> u64 {
        hash(self.0.raw())
    }

    #[allow(clippy::unused_self, reason = "it shows nothing that somebody wrote")]
    fn __repr__(&self) -> &'static str {
        "ReceivedMessage(...)"
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        again(py, self.0.raw())
    }
}
