//! Received messages.

use linkwa::Callback;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::fields::attributes;
use super::made;
use super::part::{
    At, Context, InboundButton, InboundContact, InboundInteractive, InboundLocation, InboundMedia, TOP, tuple,
};
use super::report::again;
use super::value::{Moment, decode, hash};

/// A message that a user sent to a business number. `parse_callback` makes it. For tests, make one with
/// `ReceivedMessage(source="+46000000001", message_id="m", text="Hello")`; then `button`, `context` and `route` are
/// mappings with the names of the wire, and so is `extra`, whose fields stand beside the others.
///
/// It holds the callback's text; attributes are read from it. A field that is absent, null or of an unexpected shape is
/// None. The most used parts are attributes of the message too: `content_type`, `text`, `button`, `context`, `media`,
/// `location`, `contacts`, `interactive`. Send your answer to `reply_to`. Messages with equal texts are equal. The repr
/// shows nothing that a user wrote.
///
///     >>> import linkwa
///     >>> content = '{"message": {"contentType": "BUTTON", "button": {"text": "Yes", "payload": "yes-17"}}}'
///     >>> body = '{"messageId": "m", "source": "+46000000001", "content": %s}' % content
///     >>> message = linkwa.parse_callback(body)
///     >>> message.reply_to, message.button.payload, message.key
///     ('+46000000001', 'yes-17', 'message:m')
#[pyclass(frozen, module = "linkwa")]
pub(crate) struct ReceivedMessage(pub(crate) linkwa::ReceivedMessage);

impl ReceivedMessage {
    #[allow(clippy::unnecessary_wraps, reason = "as of objects that may be absent")]
    fn view(&self) -> Option<&linkwa::ReceivedMessage> {
        Some(&self.0)
    }

    fn received<'a, 'py>(slf: &'a Bound<'py, Self>) -> (&'a Bound<'py, Self>, At) {
        (slf, TOP)
    }
}

linkwa::received_message_fields! { attributes { ReceivedMessage [
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str) = ("reply_to", "text");

    /// For tests: the message that the gateway would post with these fields.
    #[new]
    #[pyo3(signature = (
        *, message_id, source=None, text=None, button=None, context=None, content_type=None, destination=None, provider=None,
        timestamp=None, provider_timestamp=None, provider_message_id=None, route=None, gate_custom_parameters=None,
        custom_parameters=None, extra=None
    ))]
    #[expect(clippy::too_many_arguments, reason = "in Python they are keywords")]
    fn new(
        message_id: &Bound<'_, PyAny>,
        source: Option<&Bound<'_, PyAny>>,
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
        let py = message_id.py();
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
        made::put(&wire, "source", source)?;
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

    /// `content.message.content_type`: "TEXT" or "BUTTON". Not in version 1.4.1 of LINK's document: "MEDIA", "LOCATION",
    /// "CONTACT", "INTERACTIVE", "REACTION" and others.
    #[getter]
    fn content_type(&self) -> Option<&str> {
        self.0.content_type()
    }

    /// `content.message.text`: the text that the user wrote.
    #[getter]
    fn text(&self) -> Option<&str> {
        self.0.text()
    }

    /// `content.message.button`: the button that the user pressed.
    #[getter]
    fn button(slf: &Bound<'_, Self>) -> Option<InboundButton> {
        InboundButton::of(slf, TOP)
    }

    /// `content.message.context`: the message that the user replied to.
    #[getter]
    fn context(slf: &Bound<'_, Self>) -> Option<Context> {
        Context::of(slf, TOP)
    }

    /// `content.message.media`: the file that the user sent. Not in version 1.4.1 of LINK's document.
    #[getter]
    fn media(slf: &Bound<'_, Self>) -> Option<InboundMedia> {
        InboundMedia::of(slf, TOP)
    }

    /// `content.message.location`: the place that the user sent. Not in version 1.4.1 of LINK's document.
    #[getter]
    fn location(slf: &Bound<'_, Self>) -> Option<InboundLocation> {
        InboundLocation::of(slf, TOP)
    }

    /// `content.message.contacts`: the contacts that the user sent. Not in version 1.4.1 of LINK's document.
    #[getter]
    fn contacts<'py>(slf: &Bound<'py, Self>) -> PyResult<Option<Bound<'py, PyTuple>>> {
        let count = slf.get().0.contacts().map(|contacts| contacts.len());
        tuple(slf.py(), count, |index| InboundContact::of(slf, InboundContact::at(TOP, index)))
    }

    /// `content.message.interactive`: what the user chose of an interactive message. Not in version 1.4.1 of LINK's
    /// document.
    #[getter]
    fn interactive(slf: &Bound<'_, Self>) -> Option<InboundInteractive> {
        InboundInteractive::of(slf, TOP)
    }

    /// The address of the user who wrote, to which an answer is sent: their number, or else their business-scoped user id.
    /// None if the message names neither.
    #[getter]
    fn reply_to(&self) -> Option<&str> {
        self.0.reply_to()
    }

    /// The business-scoped id of the user who wrote: the custom parameter `whatsappUserId`, or else the source if that is
    /// such an id ("US.1349...", "US.ENT.1181..."). Not in version 1.4.1 of LINK's document.
    #[getter]
    fn user_id(&self) -> Option<&str> {
        self.0.user_id()
    }

    /// The user's id that linked business accounts share: the custom parameter `whatsappParentUserId`. Not in
    /// version 1.4.1 of LINK's document.
    #[getter]
    fn parent_user_id(&self) -> Option<&str> {
        self.0.parent_user_id()
    }

    /// The time at which the customer care window closes: 24 hours after the provider's timestamp, or else the
    /// gateway's. Until then every message type may be sent to the user. None if neither can be read. The time is
    /// advisory: a later message opens the window again.
    #[getter]
    fn care_window_closes_at(&self) -> Moment {
        Moment(self.0.care_window_closes_at())
    }

    /// A deduplication key: "message:{messageId}", with the id encoded as in `EventReport.key`. A message can be
    /// delivered more than once; record the key after you have processed the message.
    #[getter]
    fn key(&self) -> String {
        self.0.key()
    }

    /// The callback's JSON text as received.
    #[getter]
    fn raw(&self) -> &str {
        self.0.raw()
    }

    /// The callback as it came: a new dict with the names of the wire. An integer with more digits than `int` accepts
    /// (usually 4,300) is a `Decimal`.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        decode(py, self.0.raw())
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| self.0 == other.get().0)
    }

    fn __hash__(&self) -> u64 {
        hash(self.0.raw())
    }

    #[allow(clippy::unused_self, reason = "it shows nothing that was written by a user")]
    fn __repr__(&self) -> &'static str {
        "ReceivedMessage(...)"
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        again(py, self.0.raw())
    }
] } }
