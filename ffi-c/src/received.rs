//! Received messages.

use std::mem::MaybeUninit;

use linkwa::{Button, Content, Context, ReceivedMessage, Route, Timestamp};

use crate::arg::Text;
use crate::callback::linkwa_callback;
use crate::out::write_some;
use crate::panic::panic_boundary;

fn message(callback: Option<&linkwa_callback>) -> Option<&ReceivedMessage> {
    callback?.message()
}

fn route(callback: Option<&linkwa_callback>) -> Option<Route<'_>> {
    message(callback)?.route()
}

/// For C: a text of the message.
fn text<'c>(
    callback: Option<&'c linkwa_callback>,
    text: impl FnOnce(&'c ReceivedMessage) -> Option<&'c str>,
) -> Text<'c> {
    callback.map_or(Text::NULL, |callback| callback.text(callback.message().and_then(text)))
}

/// For C: a text of the message's route.
fn route_text<'c>(callback: Option<&'c linkwa_callback>, part: impl FnOnce(Route<'c>) -> Option<&'c str>) -> Text<'c> {
    text(callback, |message| message.route().and_then(part))
}

/// A moment, in milliseconds.
fn write_ms(ms: Option<&mut MaybeUninit<i64>>, moment: Option<Timestamp>) -> bool {
    write_some(ms, moment.map(Timestamp::unix_millis))
}

/// The business number that the user wrote to. NULL if the message does not have it, and for what is no received
/// message, such as NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_destination(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, ReceivedMessage::destination))
}

/// The number of the user who wrote. Every received message has it; NULL for what is none, such as NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_source(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, |message| Some(message.source())))
}

/// Who delivered it: "whatsapp". NULL if the message does not have it, and for what is no received message, such as
/// NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_provider(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, ReceivedMessage::provider))
}

/// When the gateway received it, as it came: RFC 3339, as a rule. NULL if the message does not have it, and for what is
/// no received message, such as NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_timestamp_raw(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, ReceivedMessage::timestamp_raw))
}

/// Whether the message says when the gateway received it, and in RFC 3339; then it is written to `ms`: milliseconds
/// since 1970-01-01 UTC, negative before. `ms` may be NULL. false for what is no received message, such as NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_timestamp_ms(
    callback: Option<&linkwa_callback>,
    ms: Option<&mut MaybeUninit<i64>>,
) -> bool {
    panic_boundary(|| write_ms(ms, message(callback).and_then(ReceivedMessage::timestamp)))
}

/// The gateway's id of the message. Every received message has it; NULL for what is none, such as NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_message_id(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, |message| Some(message.message_id())))
}

/// When the provider received it, as it came: RFC 3339, as a rule. NULL if the message does not have it, and for what
/// is no received message, such as NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_provider_timestamp_raw(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, ReceivedMessage::provider_timestamp_raw))
}

/// Whether the message says when the provider received it, and in RFC 3339; then it is written to `ms`: milliseconds
/// since 1970-01-01 UTC, negative before. `ms` may be NULL. false for what is no received message, such as NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_provider_timestamp_ms(
    callback: Option<&linkwa_callback>,
    ms: Option<&mut MaybeUninit<i64>>,
) -> bool {
    panic_boundary(|| write_ms(ms, message(callback).and_then(ReceivedMessage::provider_timestamp)))
}

/// The provider's id of the message. NULL if the message does not have it, and for what is no received message, such as
/// NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_provider_message_id(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, ReceivedMessage::provider_message_id))
}

/// The kind of content (`content.type` on the wire): "WHATSAPP". NULL if the message does not have it, and for what is
/// no received message, such as NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_content_kind(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, |message| message.content().kind()))
}

/// Whether there is a message in the content (`content.message` on the wire), be it empty. false for what is no
/// received message, such as NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_has_message(callback: Option<&linkwa_callback>) -> bool {
    panic_boundary(|| message(callback).map(ReceivedMessage::content).and_then(Content::message).is_some())
}

/// What the message is (`content.message.contentType` on the wire): "TEXT" or "BUTTON"; newer gateways have more. NULL
/// if the message does not have it, and for what is no received message, such as NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_content_type(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, ReceivedMessage::content_type))
}

/// What the user wrote (`content.message.text` on the wire). NULL if the message does not have it, and for what is no
/// received message, such as NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_text(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, ReceivedMessage::text))
}

/// Whether the user pressed a button (`content.message.button` on the wire). false for what is no received message,
/// such as NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_has_button(callback: Option<&linkwa_callback>) -> bool {
    panic_boundary(|| message(callback).and_then(ReceivedMessage::button).is_some())
}

/// What stands on the button that the user pressed. NULL if the message does not have it, and for what is no received
/// message, such as NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_button_text(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, |message| message.button().and_then(Button::text)))
}

/// The payload that the template gave the button which the user pressed. NULL if the message does not have it, and for
/// what is no received message, such as NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_button_payload(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, |message| message.button().and_then(Button::payload)))
}

/// Whether the message is a reply (`content.message.context` on the wire). false for what is no received message, such
/// as NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_has_context(callback: Option<&linkwa_callback>) -> bool {
    panic_boundary(|| message(callback).and_then(ReceivedMessage::context).is_some())
}

/// Who sent the message that the user replied to. NULL if the message does not have it, and for what is no received
/// message, such as NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_context_source(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, |message| message.context().and_then(Context::source)))
}

/// The id of the message that the user replied to. NULL if the message does not have it, and for what is no received
/// message, such as NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_context_message_id(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, |message| message.context().and_then(Context::message_id)))
}

/// Whether it can be told until when every message type may be sent to the user (rule W-1), which is written to `ms`
/// then: 24 hours after the provider's timestamp, or else the gateway's, in milliseconds since 1970-01-01 UTC. `ms` may
/// be NULL. false for what is no received message, such as NULL. Advisory: a later message opens the window anew; see
/// linkwa_care_window().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_care_window_closes_at_ms(
    callback: Option<&linkwa_callback>,
    ms: Option<&mut MaybeUninit<i64>>,
) -> bool {
    panic_boundary(|| write_ms(ms, message(callback).and_then(ReceivedMessage::care_window_closes_at)))
}

/// Whether the message says by which route it came (rule C-3): of a keyword, a sub-number or a session. false for what
/// is no received message, such as NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_has_route(callback: Option<&linkwa_callback>) -> bool {
    panic_boundary(|| route(callback).is_some())
}

/// The route's id. NULL if the message has no route or the route does not have it, and for what is no received message,
/// such as NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_route_id(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| route_text(callback, Route::id))
}

/// The route's reference. NULL if the message has no route or the route does not have it, and for what is no received
/// message, such as NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_route_ref_id(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| route_text(callback, Route::ref_id))
}

/// The id of the route's platform. NULL if the message has no route or the route does not have it, and for what is no
/// received message, such as NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_route_platform_id(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| route_text(callback, Route::platform_id))
}

/// The id of the route's partner. NULL if the message has no route or the route does not have it, and for what is no
/// received message, such as NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_route_platform_partner_id(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| route_text(callback, Route::platform_partner_id))
}

/// The type of the route's service. NULL if the message has no route or the route does not have it, and for what is no
/// received message, such as NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_route_platform_service_type(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| route_text(callback, Route::platform_service_type))
}

/// The id of the route's service. NULL if the message has no route or the route does not have it, and for what is no
/// received message, such as NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_route_platform_service_id(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| route_text(callback, Route::platform_service_id))
}

/// The number that the route belongs to. NULL if the message has no route or the route does not have it, and for what
/// is no received message, such as NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_route_number(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| route_text(callback, Route::number))
}

/// Whether the route names the gates that the message was sent to, be they none. false for what is no received message,
/// such as NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_route_has_gate_ids(callback: Option<&linkwa_callback>) -> bool {
    panic_boundary(|| route(callback).and_then(Route::gate_ids).is_some())
}

/// How many gates the route names; 0 if it names none, if the message has no route, and for what is no received
/// message, such as NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_route_gate_ids_len(callback: Option<&linkwa_callback>) -> usize {
    panic_boundary(|| route(callback).and_then(Route::gate_ids).map_or(0, |ids| ids.len()))
}

/// The id of the gate at this place, from 0, in the order in which they came. NULL if there is none, and for NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_route_gate_id(callback: Option<&linkwa_callback>, index: usize) -> Text<'_> {
    panic_boundary(|| route_text(callback, |route| route.gate_id(index)))
}

/// What kind of route it is (`route.type` on the wire): "KEYWORD_ROUTE", for example. NULL if the message has no route
/// or the route does not have it, and for what is no received message, such as NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_route_kind(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| route_text(callback, Route::kind))
}

/// The keyword that the message began with. NULL if the message has no route or the route does not have it, and for
/// what is no received message, such as NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_route_keyword(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| route_text(callback, Route::keyword))
}

/// What kind of keyword it is. NULL if the message has no route or the route does not have it, and for what is no
/// received message, such as NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_route_keyword_type(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| route_text(callback, Route::keyword_type))
}

/// Whether the message says if its route is in use, which is written to `value` then. `value` may be NULL. false for
/// what is no received message, such as NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_route_active(
    callback: Option<&linkwa_callback>,
    value: Option<&mut MaybeUninit<bool>>,
) -> bool {
    panic_boundary(|| write_some(value, route(callback).and_then(Route::active)))
}

/// Whether the message says if others use the number of its route too, which is written to `value` then. `value` may be
/// NULL. false for what is no received message, such as NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_route_shared(
    callback: Option<&linkwa_callback>,
    value: Option<&mut MaybeUninit<bool>>,
) -> bool {
    panic_boundary(|| write_some(value, route(callback).and_then(Route::shared)))
}

/// From when on the route is in use, as it came: RFC 3339, as a rule. NULL if the message has no route or the route
/// does not have it, and for what is no received message, such as NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_route_start_raw(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| route_text(callback, Route::start_raw))
}

/// Whether the message says from when on its route is in use, and in RFC 3339; then it is written to `ms`: milliseconds
/// since 1970-01-01 UTC, negative before. `ms` may be NULL. false for what is no received message, such as NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_route_start_ms(
    callback: Option<&linkwa_callback>,
    ms: Option<&mut MaybeUninit<i64>>,
) -> bool {
    panic_boundary(|| write_ms(ms, route(callback).and_then(Route::start)))
}

/// Until when the route is in use, as it came: RFC 3339, as a rule. NULL if the message has no route or the route does
/// not have it, and for what is no received message, such as NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_route_end_raw(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| route_text(callback, Route::end_raw))
}

/// Whether the message says until when its route is in use, and in RFC 3339; then it is written to `ms`: milliseconds
/// since 1970-01-01 UTC, negative before. `ms` may be NULL. false for what is no received message, such as NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_route_end_ms(
    callback: Option<&linkwa_callback>,
    ms: Option<&mut MaybeUninit<i64>>,
) -> bool {
    panic_boundary(|| write_ms(ms, route(callback).and_then(Route::end)))
}

/// What the route is for. NULL if the message has no route or the route does not have it, and for what is no received
/// message, such as NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_route_description(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| route_text(callback, Route::description))
}
