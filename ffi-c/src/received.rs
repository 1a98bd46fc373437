//! Received messages.

use std::mem::MaybeUninit;

use linkwa::{Content, Context, InboundButton, ReceivedMessage, Route, Timestamp};

use crate::arg::Text;
use crate::c_strings::text_or_null;
use crate::callback::linkwa_callback;
use crate::out::write_some;
use crate::panic::panic_boundary;

pub(crate) fn message(callback: Option<&linkwa_callback>) -> Option<&ReceivedMessage> {
    callback?.message()
}

fn route(callback: Option<&linkwa_callback>) -> Option<Route<'_>> {
    message(callback)?.route()
}

/// A text of the message, for C.
pub(crate) fn text<'c>(
    callback: Option<&'c linkwa_callback>,
    text: impl FnOnce(&'c ReceivedMessage) -> Option<&'c str>,
) -> Text<'c> {
    callback.map_or(Text::NULL, |callback| callback.text(callback.message().and_then(text)))
}

/// A text of the message's route, for C.
fn route_text<'c>(callback: Option<&'c linkwa_callback>, part: impl FnOnce(Route<'c>) -> Option<&'c str>) -> Text<'c> {
    text(callback, |message| message.route().and_then(part))
}

/// Writes a time in milliseconds.
fn write_ms(ms: Option<&mut MaybeUninit<i64>>, moment: Option<Timestamp>) -> bool {
    write_some(ms, moment.map(Timestamp::unix_millis))
}

/// Returns the business number that the user wrote to. Returns NULL if the message has no such field, and for any other
/// callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_destination(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, ReceivedMessage::destination))
}

/// Returns the number of the user who wrote, or their business-scoped user id. Users with a user name may have no number:
/// then it is NULL (not in version 1.4.1 of LINK's document). Send your answer to linkwa_received_message_reply_to().
/// Returns NULL for any other callback, and for NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_source(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, ReceivedMessage::source))
}

/// Returns the address of the user who wrote, to which an answer is sent: their number, or else their business-scoped
/// user id. Returns NULL if the message names neither, and for any other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_reply_to(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| callback.map_or(Text::NULL, |callback| text_or_null(callback.user().reply_to.as_ref())))
}

/// Returns the business-scoped id of the user who wrote: the custom parameter `whatsappUserId`, or else the source if
/// that is such an id ("US.1349...", "US.ENT.1181..."). Not in version 1.4.1 of LINK's document. Returns NULL if the
/// message names none, and for any other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_user_id(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| callback.map_or(Text::NULL, |callback| text_or_null(callback.user().id.as_ref())))
}

/// Returns the user's id that all business accounts of one company share: the custom parameter `whatsappParentUserId`.
/// Not in version 1.4.1 of LINK's document. Returns NULL if the message names none, and for any other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_parent_user_id(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| callback.map_or(Text::NULL, |callback| text_or_null(callback.user().parent_id.as_ref())))
}

/// Returns the provider that delivered the message: "whatsapp". Returns NULL if the message has no such field, and for
/// any other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_provider(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, ReceivedMessage::provider))
}

/// Returns when the gateway received the message, as received; usually in RFC 3339. Returns NULL if the message has no
/// such field, and for any other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_timestamp_raw(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, ReceivedMessage::timestamp_raw))
}

/// Returns whether the message says when the gateway received the message as a valid RFC 3339 time, and writes it to
/// `ms`, which may be NULL, in milliseconds since 1970-01-01 UTC (negative before). Returns false for any other
/// callback or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_timestamp_ms(
    callback: Option<&linkwa_callback>,
    ms: Option<&mut MaybeUninit<i64>>,
) -> bool {
    panic_boundary(|| write_ms(ms, message(callback).and_then(ReceivedMessage::timestamp)))
}

/// Returns the gateway's id of the message. Never NULL for a received message. Returns NULL for any other callback, and
/// for NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_message_id(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, |message| Some(message.message_id())))
}

/// Returns when the provider received the message, as received; usually in RFC 3339. Returns NULL if the message has no
/// such field, and for any other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_provider_timestamp_raw(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, ReceivedMessage::provider_timestamp_raw))
}

/// Returns whether the message says when the provider received the message as a valid RFC 3339 time, and writes it to
/// `ms`, which may be NULL, in milliseconds since 1970-01-01 UTC (negative before). Returns false for any other
/// callback or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_provider_timestamp_ms(
    callback: Option<&linkwa_callback>,
    ms: Option<&mut MaybeUninit<i64>>,
) -> bool {
    panic_boundary(|| write_ms(ms, message(callback).and_then(ReceivedMessage::provider_timestamp)))
}

/// Returns the provider's id of the message. Returns NULL if the message has no such field, and for any other callback
/// or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_provider_message_id(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, ReceivedMessage::provider_message_id))
}

/// Returns the kind of content (`content.type` on the wire): "WHATSAPP". Returns NULL if the message has no such field,
/// and for any other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_content_kind(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, |message| message.content().kind()))
}

/// Returns whether the content has a message (`content.message` on the wire), even an empty one. Returns false for any
/// other callback or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_has_message(callback: Option<&linkwa_callback>) -> bool {
    panic_boundary(|| message(callback).map(ReceivedMessage::content).and_then(Content::message).is_some())
}

/// Returns the content type (`content.message.contentType` on the wire): "TEXT" or "BUTTON". Not in version 1.4.1 of
/// LINK's document: "MEDIA", "LOCATION", "CONTACT", "INTERACTIVE", "REACTION" and others. Returns NULL if the message has
/// no such field, and for any other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_content_type(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, ReceivedMessage::content_type))
}

/// Returns the text that the user wrote (`content.message.text` on the wire). Returns NULL if the message has no such
/// field, and for any other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_text(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, ReceivedMessage::text))
}

/// Returns whether the user pressed a button (`content.message.button` on the wire). Returns false for any other
/// callback or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_has_button(callback: Option<&linkwa_callback>) -> bool {
    panic_boundary(|| message(callback).and_then(ReceivedMessage::button).is_some())
}

/// Returns the label of the button that the user pressed. Returns NULL if the message has no such field, and for any
/// other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_button_text(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, |message| message.button().and_then(InboundButton::text)))
}

/// Returns the payload that the template gave to the button. Returns NULL if the message has no such field, and for any
/// other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_button_payload(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, |message| message.button().and_then(InboundButton::payload)))
}

/// Returns whether the message is a reply (`content.message.context` on the wire). Returns false for any other callback
/// or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_has_context(callback: Option<&linkwa_callback>) -> bool {
    panic_boundary(|| message(callback).and_then(ReceivedMessage::context).is_some())
}

/// Returns the sender of the message that the user replied to. Returns NULL if the message has no such field, and for
/// any other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_context_source(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, |message| message.context().and_then(Context::source)))
}

/// Returns the id of the message that the user replied to. Returns NULL if the message has no such field, and for any
/// other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_context_message_id(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, |message| message.context().and_then(Context::message_id)))
}

/// Returns whether the message has a time from which the customer care window follows, and writes to `ms` when the
/// window closes: 24 hours after the provider's timestamp, or else the gateway's, in milliseconds since 1970-01-01 UTC.
/// Until then every message type may be sent to the user. `ms` may be NULL. Returns false for any other callback or
/// NULL. The time is advisory: a later message opens the window again; see linkwa_care_window().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_care_window_closes_at_ms(
    callback: Option<&linkwa_callback>,
    ms: Option<&mut MaybeUninit<i64>>,
) -> bool {
    panic_boundary(|| write_ms(ms, message(callback).and_then(ReceivedMessage::care_window_closes_at)))
}

/// Returns whether the message has a route, which describes a keyword, a sub-number or a session. Returns false for any
/// other callback or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_has_route(callback: Option<&linkwa_callback>) -> bool {
    panic_boundary(|| route(callback).is_some())
}

/// Returns the id of the route. Returns NULL if the message has no route or the route has no such field, and for any
/// other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_route_id(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| route_text(callback, Route::id))
}

/// Returns the reference of the route. Returns NULL if the message has no route or the route has no such field, and for
/// any other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_route_ref_id(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| route_text(callback, Route::ref_id))
}

/// Returns the platform id of the route. Returns NULL if the message has no route or the route has no such field, and
/// for any other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_route_platform_id(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| route_text(callback, Route::platform_id))
}

/// Returns the partner id of the route. Returns NULL if the message has no route or the route has no such field, and
/// for any other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_route_platform_partner_id(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| route_text(callback, Route::platform_partner_id))
}

/// Returns the service type of the route. Returns NULL if the message has no route or the route has no such field, and
/// for any other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_route_platform_service_type(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| route_text(callback, Route::platform_service_type))
}

/// Returns the service id of the route. Returns NULL if the message has no route or the route has no such field, and
/// for any other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_route_platform_service_id(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| route_text(callback, Route::platform_service_id))
}

/// Returns the number of the route. Returns NULL if the message has no route or the route has no such field, and for
/// any other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_route_number(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| route_text(callback, Route::number))
}

/// Returns whether the route has a list of gates, even an empty one. Returns false for any other callback or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_route_has_gate_ids(callback: Option<&linkwa_callback>) -> bool {
    panic_boundary(|| route(callback).and_then(Route::gate_ids).is_some())
}

/// Returns the number of gates in the route. Returns 0 if the message has no route or the route has no gates, and for
/// any other callback or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_route_gate_ids_len(callback: Option<&linkwa_callback>) -> usize {
    panic_boundary(|| route(callback).and_then(Route::gate_ids).map_or(0, |ids| ids.len()))
}

/// Returns the id of the gate at this index (from 0), in the order received. Returns NULL if the index is too large,
/// and for NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_route_gate_id(callback: Option<&linkwa_callback>, index: usize) -> Text<'_> {
    panic_boundary(|| route_text(callback, |route| route.gate_id(index)))
}

/// Returns the kind of route (`route.type` on the wire), for example "KEYWORD_ROUTE". Returns NULL if the message has
/// no route or the route has no such field, and for any other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_route_kind(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| route_text(callback, Route::kind))
}

/// Returns the keyword that the message began with. Returns NULL if the message has no route or the route has no such
/// field, and for any other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_route_keyword(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| route_text(callback, Route::keyword))
}

/// Returns the type of the keyword. Returns NULL if the message has no route or the route has no such field, and for
/// any other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_route_keyword_type(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| route_text(callback, Route::keyword_type))
}

/// Returns whether the route has the field `active`, which says whether it is in use, and writes the field to `value`,
/// which may be NULL. Returns false for any other callback or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_route_active(
    callback: Option<&linkwa_callback>,
    value: Option<&mut MaybeUninit<bool>>,
) -> bool {
    panic_boundary(|| write_some(value, route(callback).and_then(Route::active)))
}

/// Returns whether the route has the field `shared`, which says whether others use its number too, and writes the field
/// to `value`, which may be NULL. Returns false for any other callback or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_route_shared(
    callback: Option<&linkwa_callback>,
    value: Option<&mut MaybeUninit<bool>>,
) -> bool {
    panic_boundary(|| write_some(value, route(callback).and_then(Route::shared)))
}

/// Returns when the route starts to be in use, as received; usually in RFC 3339. Returns NULL if the message has no
/// route or the route has no such field, and for any other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_route_start_raw(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| route_text(callback, Route::start_raw))
}

/// Returns whether the message has the start of the route's use as a valid RFC 3339 time, and writes it to `ms`, which
/// may be NULL, in milliseconds since 1970-01-01 UTC (negative before). Returns false for any other callback or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_route_start_ms(
    callback: Option<&linkwa_callback>,
    ms: Option<&mut MaybeUninit<i64>>,
) -> bool {
    panic_boundary(|| write_ms(ms, route(callback).and_then(Route::start)))
}

/// Returns when the route stops being in use, as received; usually in RFC 3339. Returns NULL if the message has no
/// route or the route has no such field, and for any other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_route_end_raw(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| route_text(callback, Route::end_raw))
}

/// Returns whether the message has the end of the route's use as a valid RFC 3339 time, and writes it to `ms`, which
/// may be NULL, in milliseconds since 1970-01-01 UTC (negative before). Returns false for any other callback or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_route_end_ms(
    callback: Option<&linkwa_callback>,
    ms: Option<&mut MaybeUninit<i64>>,
) -> bool {
    panic_boundary(|| write_ms(ms, route(callback).and_then(Route::end)))
}

/// Returns the description of the route. Returns NULL if the message has no route or the route has no such field, and
/// for any other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_route_description(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| route_text(callback, Route::description))
}
