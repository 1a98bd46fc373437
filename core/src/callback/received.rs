//! Received messages.

use std::fmt;
use std::time::Duration;

use super::key::push_part;
use super::missing;
use super::object::{Entries, Timestamp, callback_object};
use crate::error::InvalidCallback;
use crate::json::Value;

/// How long after a user's message every message type may be sent to them (rule W-1).
pub(super) const CARE_WINDOW: Duration = Duration::from_secs(24 * 60 * 60);

callback_object! {
    /// A message that a user sent to a business number (C-2).
    ///
    /// It holds the callback's text; every getter reads from it without copying. A field that is absent, `null` or of an
    /// unexpected shape is `None`. Four parts that everybody reads stand on top as well: [`content_type`](Self::content_type),
    /// [`text`](Self::text), [`button`](Self::button), [`context`](Self::context).
    ///
    /// ```
    /// # let body = r#"{"messageId":"8aU6","source":"+46000000001","destination":"+46000000000","timestamp":"2020-03-21T17:41:58Z",
    /// #   "content":{"type":"WHATSAPP","message":{"contentType":"BUTTON","button":{"text":"Yes","payload":"yes-17"}}}}"#;
    /// let linkwa::Callback::ReceivedMessage(message) = linkwa::parse_callback(body)? else { panic!() };
    /// assert_eq!(message.source(), "+46000000001");
    /// assert_eq!(message.button().and_then(|button| button.payload()), Some("yes-17"));
    /// assert!(message.care_window_closes_at() > message.timestamp());
    /// # Ok::<(), linkwa::Error>(())
    /// ```
    pub struct ReceivedMessage owned in Box, MessageFields {
        /// The business number.
        text destination = "destination";
        needed_text source = "source";
        needed_object content = "content": Content ContentFields;
        /// Who delivered it: `whatsapp`.
        text provider = "provider";
        /// When the gateway received it.
        time timestamp / timestamp_raw = "timestamp";
        needed_text message_id = "messageId";
        /// When the provider received it.
        time provider_timestamp / provider_timestamp_raw = "providerTimestamp";
        /// The provider's id of the message.
        text provider_message_id = "providerMessageId";
        /// How the message found its way to this callback.
        object route = "route": Route RouteFields;
        /// The parameters of the gate that it was sent to.
        parameters gate_custom_parameters = "gateCustomParameters";
        /// Further parameters.
        parameters custom_parameters = "customParameters";
    }
}

callback_object! {
    /// What a received message consists of.
    pub struct Content view, ContentFields {
        /// The kind of content (`type` on the wire): `WHATSAPP`.
        text kind = "type";
        /// The message itself.
        object message = "message": InboundMessage InboundFields;
    }
}

callback_object! {
    /// The message that a user wrote, or the button that they pressed.
    pub struct InboundMessage view, InboundFields {
        /// `TEXT` or `BUTTON`; newer gateways have more.
        text content_type = "contentType";
        /// What the user wrote.
        text text = "text";
        /// The button that the user pressed.
        object button = "button": Button ButtonFields;
        /// What the user replied to; only replies have it.
        object context = "context": Context ContextFields;
    }
}

callback_object! {
    /// A button that a user pressed.
    pub struct Button view, ButtonFields {
        /// What stands on it.
        text text = "text";
        /// The payload that the template gave it.
        text payload = "payload";
    }
}

callback_object! {
    /// The message that a reply refers to.
    pub struct Context view, ContextFields {
        /// Who sent that message.
        text source = "source";
        /// That message's id.
        text message_id = "messageId";
    }
}

callback_object! {
    /// The route by which a received message came (C-3): of a keyword, a sub-number or a session.
    pub struct Route view, RouteFields {
        /// The route's id.
        text id = "id";
        /// The route's reference.
        text ref_id = "refId";
        /// The platform's id.
        text platform_id = "platformId";
        /// The partner's id.
        text platform_partner_id = "platformPartnerId";
        /// The type of the service.
        text platform_service_type = "platformServiceType";
        /// The id of the service.
        text platform_service_id = "platformServiceId";
        /// The number that the route belongs to.
        text number = "number";
        /// The gates that the message was sent to.
        list gate_ids = "gateIds";
        /// The route's parameters.
        parameters custom_parameters = "customParameters";
        /// What kind of route it is (`type` on the wire): `KEYWORD_ROUTE`, for example.
        text kind = "type";
        /// The keyword that the message began with.
        text keyword = "keyword";
        /// What kind of keyword it is.
        text keyword_type = "keywordType";
        /// Whether the route is in use.
        flag active = "active";
        /// From when on it is in use.
        time start / start_raw = "start";
        /// Until when it is in use.
        time end / end_raw = "end";
        /// Whether others use the number too.
        flag shared = "shared";
        /// What the route is for.
        text description = "description";
    }
}

impl<'c> Route<'c> {
    /// That one of the [gates](Self::gate_ids) which came at this place, from 0.
    pub fn gate_id(self, index: usize) -> Option<&'c str> {
        let ids = self.fields.gate_ids?;
        Some(self.buffer.text(*self.buffer.spans(ids.0).get(index)?))
    }
}

/// What a message would have that has no content, which none has that was read.
static NO_CONTENT: ContentFields = ContentFields { extra: Entries::NONE, kind: None, message: None };

impl MessageFields {
    /// C-5: an id, a sender, and content.
    #[inline]
    pub(super) fn is_enough(&self) -> bool {
        self.content.is_some() && self.message_id.is_some() && self.source.is_some()
    }

    pub(super) fn check(&self, root: Value<'_>) -> Result<(), InvalidCallback> {
        if self.content.is_none() {
            return Err(missing(root, "content", "must be an object", "a received message needs a `content`"));
        }
        if self.message_id.is_none() {
            return Err(missing(root, "messageId", "must be a string", "a received message needs a `messageId`"));
        }
        if self.source.is_none() {
            return Err(missing(root, "source", "must be a string", "a received message needs a `source`"));
        }
        Ok(())
    }
}

impl ReceivedMessage {
    /// The number of the user who wrote.
    pub fn source(&self) -> &str {
        self.fields.source.map_or("", |span| self.buffer.text(span))
    }

    /// The gateway's id of the message.
    pub fn message_id(&self) -> &str {
        self.fields.message_id.map_or("", |span| self.buffer.text(span))
    }

    /// What the message consists of.
    pub fn content(&self) -> Content<'_> {
        Content::new(&self.buffer, self.fields.content.as_ref().unwrap_or(&NO_CONTENT))
    }

    fn message(&self) -> Option<InboundMessage<'_>> {
        self.content().message()
    }

    /// `content.message.contentType`: `TEXT` or `BUTTON`; newer gateways have more.
    pub fn content_type(&self) -> Option<&str> {
        self.message()?.content_type()
    }

    /// `content.message.text`: what the user wrote.
    pub fn text(&self) -> Option<&str> {
        self.message()?.text()
    }

    /// `content.message.button`: the button that the user pressed.
    pub fn button(&self) -> Option<Button<'_>> {
        self.message()?.button()
    }

    /// `content.message.context`: what the user replied to.
    pub fn context(&self) -> Option<Context<'_>> {
        self.message()?.context()
    }

    /// Until when every message type may be sent to the user: 24 hours after the provider's timestamp, or else the
    /// gateway's. `None` if neither can be read. Advisory: a later message opens the window anew.
    pub fn care_window_closes_at(&self) -> Option<Timestamp> {
        self.provider_timestamp().or_else(|| self.timestamp())?.plus(CARE_WINDOW)
    }

    /// A deduplication key: `message:{messageId}`, with the id written as in [`EventReport::key`](crate::EventReport::key). A
    /// message can be delivered more than once; record the key after you have processed the message.
    pub fn key(&self) -> String {
        let mut key = String::with_capacity(80);
        key.push_str("message:");
        push_part(&mut key, Some(self.message_id()));
        key
    }

    /// The callback's JSON text as it came.
    pub fn raw(&self) -> &str {
        &self.buffer.raw
    }
}

/// The texts are compared.
impl PartialEq for ReceivedMessage {
    fn eq(&self, other: &Self) -> bool {
        self.raw() == other.raw()
    }
}

macro_rules! silent_debug {
    ($($name:ident $(<$life:lifetime>)?),*) => {
        $(
            /// Shows nothing that somebody wrote.
            impl fmt::Debug for $name $(<$life>)? {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.debug_struct(stringify!($name)).finish_non_exhaustive()
                }
            }
        )*
    };
}

silent_debug!(ReceivedMessage, Content<'_>, InboundMessage<'_>, Button<'_>, Context<'_>, Route<'_>);
