//! What one send can say for itself.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use linkwa::{Priority, SendOptions};

use crate::arg::{Text, both};
use crate::binding_error::BindingError;
use crate::builder::Builder;
use crate::out::into_raw;
use crate::panic::panic_boundary;
use crate::status::linkwa_status;

/// How urgent a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum linkwa_priority {
    /// "LOW" on the wire.
    LINKWA_PRIORITY_LOW = 1,
    /// "NORMAL", which is sent where nobody says anything.
    LINKWA_PRIORITY_NORMAL = 2,
    /// "HIGH".
    LINKWA_PRIORITY_HIGH = 3,
}

/// A number that C gives where a [`linkwa_priority`] belongs: any number may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct PriorityNumber(u32);

impl PriorityNumber {
    const PRIORITIES: [(linkwa_priority, Priority); 3] = [
        (linkwa_priority::LINKWA_PRIORITY_LOW, Priority::Low),
        (linkwa_priority::LINKWA_PRIORITY_NORMAL, Priority::Normal),
        (linkwa_priority::LINKWA_PRIORITY_HIGH, Priority::High),
    ];

    pub(crate) fn get(self, name: &str) -> Result<Priority, BindingError> {
        let found = Self::PRIORITIES.iter().find(|(number, _)| *number as u32 == self.0);
        found
            .map(|(_, priority)| *priority)
            .ok_or_else(|| BindingError::argument(format!("`{name}` is no priority: {}", self.0)))
    }
}

/// What one send overrides of the client's defaults; everything left out stays as the client has it. One object may
/// serve any number of sends. The first setter that fails is remembered, and every send with these options fails with
/// it then.
///
/// A builder: it belongs to one thread at a time (see THREADS).
#[derive(Debug)]
pub struct linkwa_options(Builder<SendOptions>);

/// Options that are changed.
pub(crate) type MutOptions<'a> = Option<&'a mut linkwa_options>;

impl linkwa_options {
    pub(crate) fn options(&self) -> Result<&SendOptions, BindingError> {
        self.0.get()
    }
}

/// The options that C gives, or the defaults for NULL.
pub(crate) fn options_or_default(options: Option<&linkwa_options>) -> Result<Cow<'_, SendOptions>, BindingError> {
    options.map_or_else(|| Ok(Cow::default()), |options| options.options().map(Cow::Borrowed))
}

fn change<A>(
    options: MutOptions<'_>,
    arguments: Result<A, BindingError>,
    update: impl FnOnce(SendOptions, A) -> SendOptions,
) -> linkwa_status {
    options.map_or(linkwa_status::LINKWA_INVALID_ARGUMENT, |options| options.0.update(arguments, update))
}

/// Makes options that override nothing. NULL only after an internal error.
///
/// They are the caller's, to be freed with linkwa_options_free().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_options_new() -> Option<Box<linkwa_options>> {
    panic_boundary(|| into_raw(linkwa_options(Builder::new(SendOptions::new()))))
}

/// Sets the message's priority, instead of the client's.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `options` is NULL or `priority` is a number that is none.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_options_set_priority(options: MutOptions<'_>, priority: PriorityNumber) -> linkwa_status {
    panic_boundary(|| change(options, priority.get("priority"), SendOptions::priority))
}

/// Sets the caller's own reference, which comes back in every event report; it must not be empty. Left out, every send
/// makes a unique one, which linkwa_result_ref_id() and linkwa_error_ref_id() tell.
///
/// To be able to find out after a crash what became of a message, make one with linkwa_new_ref_id() and store it before
/// sending. Such options then serve one send.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `options` or `ref_id` is NULL, or `ref_id` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_options_set_ref_id(options: MutOptions<'_>, ref_id: Text<'_>) -> linkwa_status {
    panic_boundary(|| change(options, ref_id.get("ref_id"), SendOptions::ref_id))
}

/// Adds a gate that event reports go to. The gates here replace all of the client's.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `options` or `gate` is NULL, or `gate` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_options_add_event_report_gate(options: MutOptions<'_>, gate: Text<'_>) -> linkwa_status {
    panic_boundary(|| change(options, gate.get("gate"), SendOptions::event_report_gate))
}

/// Adds a parameter that comes back in every event report; of a key that is added twice the later value counts. The
/// parameters here replace all of the client's.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `options`, `key` or `value` is NULL, or a text is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_options_add_custom_parameter(
    options: MutOptions<'_>,
    key: Text<'_>,
    value: Text<'_>,
) -> linkwa_status {
    panic_boundary(|| {
        let arguments = both(key.get("key"), value.get("value"));
        change(options, arguments, |options, (key, value)| options.custom_parameter(key, value))
    })
}

/// Sets how long the gateway may try, from the sending on, in milliseconds; 0 is found invalid when it is sent (rule
/// An absolute time wins over this.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `options` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_options_set_relative_validity_time_ms(
    options: MutOptions<'_>,
    milliseconds: u64,
) -> linkwa_status {
    panic_boundary(|| change(options, Ok(Duration::from_millis(milliseconds)), SendOptions::relative_validity_time))
}

/// Sets until when the gateway may try: an RFC 3339 date and time with an offset, "2030-03-18T16:49:21Z" (rule Q-3). It
/// wins over a relative time; a time that is over is a warning. With neither, the gateway tries for 48 hours. What is
/// no such time is found when it is sent.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `options` or `time` is NULL, or `time` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_options_set_absolute_validity_time(options: MutOptions<'_>, time: Text<'_>) -> linkwa_status {
    panic_boundary(|| change(options, time.get("time"), SendOptions::absolute_validity_time))
}

/// Sets until when the gateway may try, as linkwa_options_set_absolute_validity_time() does, in seconds since
/// 1970-01-01 UTC: what time() gives. A time before 1970 is taken as its beginning, one beyond the year 9999 as its
/// end.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `options` is NULL, or this system's clock cannot count that far.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_options_set_valid_until(options: MutOptions<'_>, unix_seconds: i64) -> linkwa_status {
    panic_boundary(|| change(options, moment(unix_seconds), SendOptions::valid_until))
}

fn moment(unix_seconds: i64) -> Result<SystemTime, BindingError> {
    let distance = Duration::from_secs(unix_seconds.unsigned_abs());
    let moment = if unix_seconds < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(distance)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(distance)
    };
    moment.ok_or_else(|| BindingError::argument("`unix_seconds` is beyond this system's clock"))
}

/// Sets the business number to send from, instead of the client's: 3 to 15 digits with or without "+" (rule Q-2), which
/// is checked when it is sent.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `options` or `msisdn` is NULL, or `msisdn` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_options_set_source(options: MutOptions<'_>, msisdn: Text<'_>) -> linkwa_status {
    panic_boundary(|| change(options, msisdn.get("msisdn"), SendOptions::source))
}

/// Sets the id of the service on LINK's platform, instead of the client's.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `options` or `id` is NULL, or `id` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_options_set_platform_service_id(options: MutOptions<'_>, id: Text<'_>) -> linkwa_status {
    panic_boundary(|| change(options, id.get("id"), SendOptions::platform_service_id))
}

/// Sets the type of the service on LINK's platform, instead of the client's.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `options` or `service_type` is NULL, or `service_type` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_options_set_platform_service_type(
    options: MutOptions<'_>,
    service_type: Text<'_>,
) -> linkwa_status {
    panic_boundary(|| change(options, service_type.get("service_type"), SendOptions::platform_service_type))
}

/// Sets the id of the transaction on LINK's platform. Without it there is none.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `options` or `id` is NULL, or `id` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_options_set_platform_transaction_id(options: MutOptions<'_>, id: Text<'_>) -> linkwa_status {
    panic_boundary(|| change(options, id.get("id"), SendOptions::platform_transaction_id))
}

/// Sets how long the send may take, from the call to the result, in milliseconds, instead of the client's time. A
/// send with 0 or more than 24 hours fails with LINKWA_INVALID_CONFIG.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `options` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_options_set_timeout_ms(options: MutOptions<'_>, milliseconds: u64) -> linkwa_status {
    panic_boundary(|| change(options, Ok(Duration::from_millis(milliseconds)), SendOptions::timeout))
}

/// Frees options. NULL is fine. Sends that are under way have what they need.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_options_free(options: Option<Box<linkwa_options>>) {
    panic_boundary(|| drop(options));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_priority_of_core_has_its_own_number() {
        for priority in Priority::ALL {
            let numbers = PriorityNumber::PRIORITIES.iter().filter(|(_, value)| value == priority);
            assert_eq!(numbers.count(), 1, "{priority}");
        }
    }
}
