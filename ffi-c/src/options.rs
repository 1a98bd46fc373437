//! Options of one send.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use linkwa::{Priority, SendOptions};

use crate::arg::{Text, both};
use crate::binding_error::BindingError;
use crate::builder::Builder;
use crate::out::into_raw;
use crate::panic::panic_boundary;
use crate::status::linkwa_status;

/// The priority of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum linkwa_priority {
    /// "LOW" on the wire.
    LINKWA_PRIORITY_LOW = 1,
    /// "NORMAL", the default.
    LINKWA_PRIORITY_NORMAL = 2,
    /// "HIGH".
    LINKWA_PRIORITY_HIGH = 3,
}

/// A [`linkwa_priority`] from C, which may be any number.
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
            .ok_or_else(|| BindingError::argument(format!("`{name}` is not a priority: {}", self.0)))
    }
}

/// Overrides the client's defaults for a send; everything that you leave out stays as the client has it. You may use
/// one object for any number of sends. It remembers the first setter that fails, and every send with these options then
/// fails with that error.
///
/// A builder: it belongs to one thread at a time (see THREADS).
#[derive(Debug)]
pub struct linkwa_options(Builder<SendOptions>);

/// Options to change.
pub(crate) type MutOptions<'a> = Option<&'a mut linkwa_options>;

impl linkwa_options {
    pub(crate) fn options(&self) -> Result<&SendOptions, BindingError> {
        self.0.get()
    }
}

/// The options from C, or the defaults for NULL.
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

/// Makes options that override nothing. Returns NULL only after an internal error.
///
/// The options are yours; free them with linkwa_options_free().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_options_new() -> Option<Box<linkwa_options>> {
    panic_boundary(|| into_raw(linkwa_options(Builder::new(SendOptions::new()))))
}

/// Sets the message's priority, instead of the client's.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `options` is NULL or `priority` is an unknown number.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_options_set_priority(options: MutOptions<'_>, priority: PriorityNumber) -> linkwa_status {
    panic_boundary(|| change(options, priority.get("priority"), SendOptions::priority))
}

/// Sets your own reference, which every event report repeats. It must not be empty. Without it the library makes a
/// unique one for every send; linkwa_result_ref_id() and linkwa_error_ref_id() return it.
///
/// To find out after a crash what became of a message, make a reference with linkwa_new_ref_id() and store it before
/// you send. Use such options for one send only.
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

/// Adds a parameter that every event report repeats. Adding a key again replaces its value. The parameters here replace
/// all of the client's.
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

/// Sets how long the gateway may try to deliver, in milliseconds from sending; with 0 the send is invalid. An absolute
/// time overrides this.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `options` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_options_set_relative_validity_time_ms(
    options: MutOptions<'_>,
    milliseconds: u64,
) -> linkwa_status {
    panic_boundary(|| change(options, Ok(Duration::from_millis(milliseconds)), SendOptions::relative_validity_time))
}

/// Sets until when the gateway may try to deliver: an RFC 3339 date and time with an offset, "2030-03-18T16:49:21Z". It
/// overrides a relative time. A time in the past is a warning; another form makes the send invalid. With neither, the
/// gateway tries for 48 hours.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `options` or `time` is NULL, or `time` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_options_set_absolute_validity_time(options: MutOptions<'_>, time: Text<'_>) -> linkwa_status {
    panic_boundary(|| change(options, time.get("time"), SendOptions::absolute_validity_time))
}

/// Sets until when the gateway may try to deliver, like linkwa_options_set_absolute_validity_time(), in seconds since
/// 1970-01-01 UTC, as time() returns them. A time before 1970 becomes the beginning of 1970, one beyond the year 9999
/// the end of that year.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `options` is NULL, or the time is out of range for this system's clock.
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
    moment.ok_or_else(|| BindingError::argument("`unix_seconds` is out of range for this system's clock"))
}

/// Sets the business number to send from, instead of the client's: 3 to 15 digits, with or without "+". It is checked
/// when you send.
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

/// Sets the id of the transaction on LINK's platform. Absent by default.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `options` or `id` is NULL, or `id` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_options_set_platform_transaction_id(options: MutOptions<'_>, id: Text<'_>) -> linkwa_status {
    panic_boundary(|| change(options, id.get("id"), SendOptions::platform_transaction_id))
}

/// Sets the longest time of the send, from the call to the result, in milliseconds, instead of the client's timeout. A
/// send with 0 or more than 24 hours fails with LINKWA_INVALID_CONFIG.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `options` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_options_set_timeout_ms(options: MutOptions<'_>, milliseconds: u64) -> linkwa_status {
    panic_boundary(|| change(options, Ok(Duration::from_millis(milliseconds)), SendOptions::timeout))
}

/// Frees options. NULL is allowed. Sends under way have their own copy.
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
