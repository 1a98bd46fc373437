//! Received messages.

use std::time::Duration;

use super::declare::callback_object;
use super::key::push_part;
use super::resolution::non_empty;
use super::timestamp::Timestamp;
use super::{LIMITS, RequiredField};
use crate::coerce::is_text;
use crate::json::scan_str;
use crate::rule::is_business_scoped_id;

/// How long after a user's message every message type may be sent to them.
pub(super) const CARE_WINDOW: Duration = Duration::from_secs(24 * 60 * 60);

callback_object! {
    /// A message that a user sent to a business number.
    ///
    /// It holds the callback's text; every getter reads from it without copying. A field that is absent, `null` or of
    /// an unexpected shape is `None`. The most used parts are methods of the message too:
    /// [`content_type`](Self::content_type), [`text`](Self::text), [`button`](Self::button), [`context`](Self::context),
    /// [`media`](Self::media), [`location`](Self::location), [`contacts`](Self::contacts) and
    /// [`interactive`](Self::interactive). Send your answer to [`reply_to`](Self::reply_to).
    ///
    /// ```
    /// # let body = r#"{"messageId":"8aU6","source":"+46000000001","destination":"+46000000000","timestamp":"2020-03-21T17:41:58Z",
    /// #   "content":{"type":"WHATSAPP","message":{"contentType":"BUTTON","button":{"text":"Yes","payload":"yes-17"}}}}"#;
    /// let linkwa::Callback::ReceivedMessage(message) = linkwa::parse_callback(body)? else { panic!() };
    /// assert_eq!(message.reply_to(), Some("+46000000001"));
    /// assert_eq!(message.button().and_then(|button| button.payload()), Some("yes-17"));
    /// assert!(message.care_window_closes_at() > message.timestamp());
    /// # Ok::<(), linkwa::Error>(())
    /// ```
    pub struct ReceivedMessage owned in Box as received_message_fields, MessageFields {
        /// The business number.
        text destination = "destination";
        /// The number of the user who wrote, or their business-scoped user id. Users with a user name may have no number:
        /// then it is absent (not in version 1.4.1 of LINK's document).
        text source = "source";
        /// The content of the message.
        needed_object content = "content": Content ContentFields;
        /// The provider that delivered the message: `whatsapp`.
        text provider = "provider";
        /// When the gateway received it.
        time timestamp / timestamp_raw = "timestamp";
        /// The gateway's id of the message.
        needed_text message_id = "messageId";
        /// When the provider received it.
        time provider_timestamp / provider_timestamp_raw = "providerTimestamp";
        /// The provider's id of the message.
        text provider_message_id = "providerMessageId";
        /// The route by which the message came.
        object route = "route": Route RouteFields;
        /// The parameters of the gate that it was sent to.
        parameters gate_custom_parameters = "gateCustomParameters";
        /// Further parameters.
        parameters custom_parameters = "customParameters";
    }
}

callback_object! {
    /// The content of a received message.
    pub struct Content view as content_fields, ContentFields {
        /// The kind of content: `WHATSAPP`.
        text kind (r#type) = "type";
        /// The message itself.
        object message = "message": InboundMessage InboundFields;
    }
}

callback_object! {
    /// The message that a user wrote, or the button that they pressed.
    pub struct InboundMessage view as inbound_message_fields, InboundFields {
        /// `TEXT` or `BUTTON`. Not in version 1.4.1 of LINK's document: `MEDIA`, `LOCATION`, `CONTACT`, `INTERACTIVE`,
        /// `REACTION` and others.
        text content_type = "contentType";
        /// The text that the user wrote.
        text text = "text";
        /// The button that the user pressed.
        object button = "button": InboundButton ButtonFields;
        /// The message that the user replied to; only replies have it.
        object context = "context": Context ContextFields;
        /// The file that the user sent, of the content type `MEDIA`. Not in version 1.4.1 of LINK's document.
        rare_object media = "media": InboundMedia MediaFields;
        /// The place that the user sent, of the content type `LOCATION`. Not in version 1.4.1 of LINK's document.
        rare_object location = "location": InboundLocation LocationFields;
        /// The contacts that the user sent, of the content type `CONTACT`. Not in version 1.4.1 of LINK's document.
        objects contacts = "contacts": InboundContact ContactFields;
        /// What the user chose of an interactive message, of the content type `INTERACTIVE`. Not in version 1.4.1 of LINK's
        /// document.
        rare_object interactive = "interactive": InboundInteractive InteractiveFields;
    }
}

callback_object! {
    /// A button that a user pressed.
    pub struct InboundButton view as button_fields, ButtonFields {
        /// Its label.
        text text = "text";
        /// The payload that the template gave it.
        text payload = "payload";
    }
}

callback_object! {
    /// The message that a reply refers to.
    pub struct Context view as context_fields, ContextFields {
        /// The sender of that message.
        text source = "source";
        /// That message's id.
        text message_id = "messageId";
    }
}

callback_object! {
    /// A file that a user sent: an image, a video, a voice message, a document. Not in version 1.4.1 of LINK's document.
    pub struct InboundMedia view as inbound_media_fields, MediaFields {
        /// The URL to fetch it from.
        text source = "source";
        /// Its MIME type, for example `image/jpeg`.
        text kind (r#type) = "type";
        /// The text below it.
        text caption = "caption";
    }
}

callback_object! {
    /// A place that a user sent. Not in version 1.4.1 of LINK's document.
    pub struct InboundLocation view as inbound_location_fields, LocationFields {
        /// In degrees, -90 to 90 (not checked).
        number latitude = "latitude";
        /// In degrees, -180 to 180 (not checked).
        number longitude = "longitude";
        /// The name of the place.
        text name = "name";
        /// The address of the place.
        text address = "address";
        /// A web page about the place.
        text url = "url";
    }
}

callback_object! {
    /// A contact that a user sent. Not in version 1.4.1 of LINK's document. What it has besides names and phones is in
    /// `extra`.
    pub struct InboundContact view as inbound_contact_fields, ContactFields {
        /// The name.
        object name = "name": InboundContactName ContactNameFields;
        /// The phones.
        objects phones = "phones": InboundPhone PhoneFields;
    }
}

callback_object! {
    /// The name of a contact that a user sent. Not in version 1.4.1 of LINK's document.
    pub struct InboundContactName view as inbound_contact_name_fields, ContactNameFields {
        /// The whole name.
        text formatted_name = "formatted_name" | "formattedName";
    }
}

callback_object! {
    /// A phone of a contact that a user sent. Not in version 1.4.1 of LINK's document.
    pub struct InboundPhone view as inbound_phone_fields, PhoneFields {
        /// The number, as the user has it in their phone.
        text phone = "phone";
    }
}

callback_object! {
    /// What a user chose of an interactive message. Not in version 1.4.1 of LINK's document.
    pub struct InboundInteractive view as inbound_interactive_fields, InteractiveFields {
        /// `button_reply` or `list_reply`.
        text kind (r#type) = "type";
        /// The button that the user pressed.
        object button_reply = "button_reply" | "buttonReply": InboundButtonReply ButtonReplyFields;
        /// The row of a list that the user chose.
        object list_reply = "list_reply" | "listReply": InboundListReply ListReplyFields;
    }
}

callback_object! {
    /// The button of an interactive message that a user pressed. Not in version 1.4.1 of LINK's document.
    pub struct InboundButtonReply view as inbound_button_reply_fields, ButtonReplyFields {
        /// The id that your message gave it.
        text id = "id";
        /// Its label.
        text title = "title";
    }
}

callback_object! {
    /// The row of a list that a user chose. Not in version 1.4.1 of LINK's document.
    pub struct InboundListReply view as inbound_list_reply_fields, ListReplyFields {
        /// The id that your message gave it.
        text id = "id";
        /// Its title.
        text title = "title";
        /// Its description.
        text description = "description";
    }
}

callback_object! {
    /// The route of a received message, which describes a keyword, a sub-number or a session.
    pub struct Route view as route_fields, RouteFields {
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
        /// The kind of route, for example `KEYWORD_ROUTE`.
        text kind (r#type) = "type";
        /// The keyword that the message began with.
        text keyword = "keyword";
        /// The kind of keyword.
        text keyword_type = "keywordType";
        /// Whether the route is in use.
        flag active = "active";
        /// When the route starts to be in use.
        time start / start_raw = "start";
        /// When the route stops being in use.
        time end / end_raw = "end";
        /// Whether others use the number too.
        flag shared = "shared";
        /// The description of the route.
        text description = "description";
    }
}

impl<'c> Route<'c> {
    /// The [gate](Self::gate_ids) at this index, from 0.
    pub fn gate_id(self, index: usize) -> Option<&'c str> {
        let ids = self.fields.gate_ids?;
        Some(self.text.get(*self.text.spans(ids.0).get(index)?))
    }
}

impl MessageFields {
    /// The required field that this message lacks: an id, or content.
    #[inline]
    pub(super) fn missing_field(&self) -> Option<&'static RequiredField> {
        const CONTENT: &RequiredField = &RequiredField {
            name: "content",
            wrong: "must be an object",
            absent: "a received message needs a `content`",
        };
        const MESSAGE_ID: &RequiredField = &RequiredField {
            name: "messageId",
            wrong: "must be a string",
            absent: "a received message needs a `messageId`",
        };
        let needed = [(self.content.is_some(), CONTENT), (self.message_id.is_some(), MESSAGE_ID)];
        needed.into_iter().find(|(is_there, _)| !is_there).map(|(_, missing)| missing)
    }
}

impl ReceivedMessage {
    fn message(&self) -> Option<InboundMessage<'_>> {
        self.content().message()
    }

    /// `content.message.contentType`: `TEXT` or `BUTTON`. Not in version 1.4.1 of LINK's document: `MEDIA`, `LOCATION`,
    /// `CONTACT`, `INTERACTIVE`, `REACTION` and others.
    pub fn content_type(&self) -> Option<&str> {
        self.message()?.content_type()
    }

    /// `content.message.text`: the text that the user wrote.
    pub fn text(&self) -> Option<&str> {
        self.message()?.text()
    }

    /// `content.message.button`: the button that the user pressed.
    pub fn button(&self) -> Option<InboundButton<'_>> {
        self.message()?.button()
    }

    /// `content.message.context`: the message that the user replied to.
    pub fn context(&self) -> Option<Context<'_>> {
        self.message()?.context()
    }

    /// `content.message.media`: the file that the user sent. Not in version 1.4.1 of LINK's document.
    pub fn media(&self) -> Option<InboundMedia<'_>> {
        self.message()?.media()
    }

    /// `content.message.location`: the place that the user sent. Not in version 1.4.1 of LINK's document.
    pub fn location(&self) -> Option<InboundLocation<'_>> {
        self.message()?.location()
    }

    /// `content.message.contacts`: the contacts that the user sent. Not in version 1.4.1 of LINK's document.
    pub fn contacts(&self) -> Option<impl ExactSizeIterator<Item = InboundContact<'_>>> {
        self.message()?.contacts()
    }

    /// `content.message.interactive`: what the user chose of an interactive message. Not in version 1.4.1 of LINK's
    /// document.
    ///
    /// ```
    /// # let body = r#"{"messageId":"8aU6","source":"+46000000001","content":{"message":{"contentType":"INTERACTIVE",
    /// #   "interactive":{"type":"button_reply","button_reply":{"id":"home","title":"Home"}}}}}"#;
    /// let linkwa::Callback::ReceivedMessage(message) = linkwa::parse_callback(body)? else { panic!() };
    /// let reply = message.interactive().and_then(|interactive| interactive.button_reply());
    /// assert_eq!(reply.and_then(|reply| reply.id()), Some("home"));
    /// # Ok::<(), linkwa::Error>(())
    /// ```
    pub fn interactive(&self) -> Option<InboundInteractive<'_>> {
        self.message()?.interactive()
    }

    /// The address of the user who wrote, to which an answer is sent: their number, or else their business-scoped user id.
    /// `None` if the message names neither.
    ///
    /// ```
    /// # let body = r#"{"messageId":"8aU6","content":{},"customParameters":{"whatsappUserId":"US.13491208655302741918"}}"#;
    /// let linkwa::Callback::ReceivedMessage(message) = linkwa::parse_callback(body)? else { panic!() };
    /// assert_eq!(message.source(), None);
    /// assert_eq!(message.reply_to(), Some("US.13491208655302741918"));
    /// # Ok::<(), linkwa::Error>(())
    /// ```
    pub fn reply_to(&self) -> Option<&str> {
        non_empty(self.source()).or_else(|| self.user_id())
    }

    /// The business-scoped id of the user who wrote: `customParameters.whatsappUserId`, or else the source if that is such
    /// an id (`US.1349…`, `US.ENT.1181…`). Not in version 1.4.1 of LINK's document.
    pub fn user_id(&self) -> Option<&str> {
        self.user_parameter("whatsappUserId").or_else(|| self.source().filter(|source| is_business_scoped_id(source)))
    }

    /// The user's id that linked business accounts share: `customParameters.whatsappParentUserId`. Not in
    /// version 1.4.1 of LINK's document.
    pub fn parent_user_id(&self) -> Option<&str> {
        self.user_parameter("whatsappParentUserId")
    }

    /// An id of the user among the custom parameters. They are in `extra` if one of them is no text, such as a parent's
    /// id that is `null`.
    fn user_parameter(&self, name: &str) -> Option<&str> {
        non_empty(match self.custom_parameters() {
            Some(parameters) => parameters.get(name),
            None => text_in(self.extra().get("customParameters")?, name),
        })
    }

    /// The time at which the customer care window closes: 24 hours after the provider's timestamp, or else the
    /// gateway's. Until then every message type may be sent to the user. `None` if neither can be read. The time is
    /// advisory: a later message opens the window again.
    pub fn care_window_closes_at(&self) -> Option<Timestamp> {
        self.provider_timestamp().or_else(|| self.timestamp())?.plus(CARE_WINDOW)
    }

    /// A deduplication key: `message:{messageId}`, with the id encoded as in
    /// [`EventReport::key`](crate::EventReport::key). A message can be delivered more than once; record the key after
    /// you have processed the message.
    pub fn key(&self) -> String {
        let mut key = String::with_capacity(80);
        key.push_str("message:");
        push_part(&mut key, Some(self.message_id()));
        key
    }
}

/// A text without escapes in a JSON object.
#[cold]
fn text_in<'j>(json: &'j str, name: &str) -> Option<&'j str> {
    let doc = scan_str(json, &LIMITS).ok()?;
    let value = doc.root().member(name).filter(|value| is_text(*value))?;
    let (start, end, is_escaped) = value.text_span();
    if is_escaped { None } else { json.get(start as usize..end as usize) }
}
