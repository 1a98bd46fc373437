//! What one send can say for itself.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use linkwa::{Priority, SendOptions};

use crate::guard;
use crate::handle::{Draft, Failure, Problem, Text, both, hand_over, set};
use crate::list::List;
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

    pub(crate) fn get(self, name: &str) -> Result<Priority, Problem> {
        let found = Self::PRIORITIES.iter().find(|(number, _)| *number as u32 == self.0);
        found.map(|(_, priority)| *priority).ok_or_else(|| Problem::new(format!("`{name}` is no priority: {}", self.0)))
    }
}

#[cfg(test)]
impl PriorityNumber {
    /// As C would give it.
    pub(crate) fn of(number: u32) -> Self {
        Self(number)
    }
}

/// What one send overrides of the client's defaults; everything left out stays as the client has it. One object may
/// serve any number of sends. The first setter that fails is remembered, and every send with these options fails with
/// it then. Threads may share the options.
#[derive(Debug)]
pub struct linkwa_options(Draft<Overrides>);

/// Options that are changed.
pub(crate) type MutOptions<'a> = Option<&'a linkwa_options>;

#[derive(Clone, Debug, Default)]
struct Overrides {
    /// Sends share it.
    options: Arc<SendOptions>,
    /// The core takes them all at once.
    gates: List<String>,
    /// The core's list would be copied with each one more.
    parameters: List<(String, String)>,
}

impl linkwa_options {
    pub(crate) fn options(&self) -> Result<Arc<SendOptions>, Failure> {
        self.0.read(|overrides| {
            if overrides.gates.is_empty() && overrides.parameters.is_empty() {
                return Arc::clone(&overrides.options);
            }
            let mut options = SendOptions::clone(&overrides.options);
            if !overrides.gates.is_empty() {
                options = options.event_report_gates(overrides.gates.iter());
            }
            let parameters = overrides.parameters.iter();
            Arc::new(parameters.fold(options, |options, (key, value)| options.custom_parameter(key, value)))
        })
    }
}

/// The options that C gives; NULL is as good as none.
pub(crate) fn options_or_none(options: Option<&linkwa_options>) -> Result<Arc<SendOptions>, Failure> {
    options.map_or_else(|| Ok(Arc::default()), linkwa_options::options)
}

fn change<A: Clone>(
    options: MutOptions<'_>,
    arguments: Result<A, Problem>,
    change: impl Fn(SendOptions, A) -> SendOptions,
) -> linkwa_status {
    set(
        options,
        |options| &options.0,
        arguments,
        |overrides, arguments| {
            let options = change(SendOptions::clone(&overrides.options), arguments);
            Overrides { options: Arc::new(options), ..overrides }
        },
    )
}

/// Makes options that override nothing. NULL only after an internal error.
///
/// They are the caller's, to be freed with linkwa_options_free(). Any thread may call it.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_options_new() -> Option<Box<linkwa_options>> {
    guard::plain(|| hand_over(linkwa_options(Draft::new(Overrides::default()))))
}

/// Sets the message's priority, instead of the client's.
///
/// Threads may share the options.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `options` is NULL or `priority` is a number that is none.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_options_set_priority(options: MutOptions<'_>, priority: PriorityNumber) -> linkwa_status {
    guard::plain(|| change(options, priority.get("priority"), SendOptions::priority))
}

/// Sets the caller's own reference, which comes back in every event report; it must not be empty. Left out, every send
/// makes a unique one, which linkwa_result_ref_id() and linkwa_error_ref_id() tell.
///
/// To be able to find out after a crash what became of a message, make one with linkwa_new_ref_id() and store it before
/// sending. Such options then serve one send. Threads may share the options.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `options` or `ref_id` is NULL, or `ref_id` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_options_set_ref_id(options: MutOptions<'_>, ref_id: Text<'_>) -> linkwa_status {
    guard::plain(|| change(options, ref_id.get("ref_id"), SendOptions::ref_id))
}

/// Adds a gate that event reports go to. The gates here replace all of the client's.
///
/// Threads may share the options.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `options` or `gate` is NULL, or `gate` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_options_add_event_report_gate(options: MutOptions<'_>, gate: Text<'_>) -> linkwa_status {
    guard::plain(|| {
        set(
            options,
            |options| &options.0,
            gate.get("gate"),
            |mut overrides, gate| {
                overrides.gates.push(gate.to_owned());
                overrides
            },
        )
    })
}

/// Adds a parameter that comes back in every event report; of a key that is added twice the later value counts. The
/// parameters here replace all of the client's.
///
/// Threads may share the options.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `options`, `key` or `value` is NULL, or a text is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_options_add_custom_parameter(
    options: MutOptions<'_>,
    key: Text<'_>,
    value: Text<'_>,
) -> linkwa_status {
    guard::plain(|| {
        set(
            options,
            |options| &options.0,
            both(key.get("key"), value.get("value")),
            |mut overrides, (key, value)| {
                overrides.parameters.push((key.to_owned(), value.to_owned()));
                overrides
            },
        )
    })
}

/// Sets how long the gateway may try, from the sending on, in milliseconds; 0 is found invalid when it is sent (rule
/// Q-3). An absolute time wins over this.
///
/// Threads may share the options.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `options` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_options_set_relative_validity_time_ms(
    options: MutOptions<'_>,
    milliseconds: u64,
) -> linkwa_status {
    guard::plain(|| change(options, Ok(Duration::from_millis(milliseconds)), SendOptions::relative_validity_time))
}

/// Sets until when the gateway may try: an RFC 3339 date and time with an offset, "2030-03-18T16:49:21Z" (rule Q-3). It
/// wins over a relative time; a time that is over is a warning. With neither, the gateway tries for 48 hours. What is
/// no such time is found when it is sent.
///
/// Threads may share the options.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `options` or `time` is NULL, or `time` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_options_set_absolute_validity_time(options: MutOptions<'_>, time: Text<'_>) -> linkwa_status {
    guard::plain(|| change(options, time.get("time"), SendOptions::absolute_validity_time))
}

/// Sets until when the gateway may try, as linkwa_options_set_absolute_validity_time() does, in seconds since
/// 1970-01-01 UTC: what time() gives. A time before 1970 is taken as its beginning, one beyond the year 9999 as its
/// end.
///
/// Threads may share the options.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `options` is NULL, or this system's clock cannot count that far.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_options_set_valid_until(options: MutOptions<'_>, unix_seconds: i64) -> linkwa_status {
    guard::plain(|| change(options, moment(unix_seconds), SendOptions::valid_until))
}

fn moment(unix_seconds: i64) -> Result<SystemTime, Problem> {
    let distance = Duration::from_secs(unix_seconds.unsigned_abs());
    let moment = if unix_seconds < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(distance)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(distance)
    };
    moment.ok_or_else(|| Problem::new("`unix_seconds` is beyond this system's clock"))
}

/// Sets the business number to send from, instead of the client's: 3 to 15 digits with or without "+" (rule Q-2), which
/// is checked when it is sent.
///
/// Threads may share the options.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `options` or `msisdn` is NULL, or `msisdn` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_options_set_source(options: MutOptions<'_>, msisdn: Text<'_>) -> linkwa_status {
    guard::plain(|| change(options, msisdn.get("msisdn"), SendOptions::source))
}

/// Sets the id of the service on LINK's platform, instead of the client's.
///
/// Threads may share the options.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `options` or `id` is NULL, or `id` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_options_set_platform_service_id(options: MutOptions<'_>, id: Text<'_>) -> linkwa_status {
    guard::plain(|| change(options, id.get("id"), SendOptions::platform_service_id))
}

/// Sets the type of the service on LINK's platform, instead of the client's.
///
/// Threads may share the options.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `options` or `service_type` is NULL, or `service_type` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_options_set_platform_service_type(
    options: MutOptions<'_>,
    service_type: Text<'_>,
) -> linkwa_status {
    guard::plain(|| change(options, service_type.get("service_type"), SendOptions::platform_service_type))
}

/// Sets the id of the transaction on LINK's platform. Without it there is none.
///
/// Threads may share the options.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `options` or `id` is NULL, or `id` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_options_set_platform_transaction_id(options: MutOptions<'_>, id: Text<'_>) -> linkwa_status {
    guard::plain(|| change(options, id.get("id"), SendOptions::platform_transaction_id))
}

/// Sets how long the send may take, from the call to the result, in milliseconds, instead of the client's time. A
/// send with 0 or more than 24 hours fails with LINKWA_INVALID_CONFIG.
///
/// Threads may share the options.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `options` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_options_set_timeout_ms(options: MutOptions<'_>, milliseconds: u64) -> linkwa_status {
    guard::plain(|| change(options, Ok(Duration::from_millis(milliseconds)), SendOptions::timeout))
}

/// Frees options. NULL is fine. Sends that are under way have what they need.
///
/// No other thread may be using them.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_options_free(options: Option<Box<linkwa_options>>) {
    guard::plain(|| drop(options));
}

#[cfg(test)]
mod tests {
    use linkwa::MessageRequest;

    use super::*;

    const OK: linkwa_status = linkwa_status::LINKWA_OK;
    const INVALID_ARGUMENT: linkwa_status = linkwa_status::LINKWA_INVALID_ARGUMENT;

    /// What a request says with these options.
    fn request(options: Option<&linkwa_options>) -> String {
        let options = options_or_none(options).expect("nothing is wrong");
        let request = MessageRequest::new("+46000000001", linkwa::Text::new("Hello")).platform("p", "pp");
        let request = request.options(&SendOptions::new().source("+46000000000").ref_id("r")).options(&options);
        String::from_utf8(request.to_json().expect("a request")).expect("UTF-8")
    }

    fn problem(options: Option<&linkwa_options>) -> String {
        match options_or_none(options).expect_err("a problem") {
            Failure::Argument(problem) => problem.message().to_owned(),
            Failure::Core(error) => error.to_string(),
        }
    }

    type Setter<'a> = &'a dyn Fn(MutOptions<'_>) -> linkwa_status;

    #[test]
    fn every_setter_says_its_own() {
        let (text, time) = (Text::new(c"value"), Text::new(c"2099-03-18T16:49:21Z"));
        let written: [(Setter<'_>, &str); 12] = [
            (&|o| linkwa_options_set_priority(o, PriorityNumber::of(1)), r#""priority":"LOW""#),
            (&|o| linkwa_options_set_priority(o, PriorityNumber::of(2)), r#""priority":"NORMAL""#),
            (&|o| linkwa_options_set_priority(o, PriorityNumber::of(3)), r#""priority":"HIGH""#),
            (&|o| linkwa_options_set_ref_id(o, text), r#""refId":"value""#),
            (&|o| linkwa_options_set_relative_validity_time_ms(o, 1500), r#""relativeValidityTime":1500"#),
            (
                &|o| linkwa_options_set_absolute_validity_time(o, time),
                r#""absoluteValidityTime":"2099-03-18T16:49:21Z""#,
            ),
            (&|o| linkwa_options_set_valid_until(o, 4_077_535_761), r#""absoluteValidityTime":"2099-03-18T16:49:21Z""#),
            (&|o| linkwa_options_set_source(o, Text::new(c"+46123")), r#""source":"+46123""#),
            (&|o| linkwa_options_set_platform_service_id(o, text), r#""platformServiceId":"value""#),
            (&|o| linkwa_options_set_platform_service_type(o, text), r#""platformServiceType":"value""#),
            (&|o| linkwa_options_set_platform_transaction_id(o, text), r#""platformTransactionId":"value""#),
            (&|o| linkwa_options_add_custom_parameter(o, Text::new(c"key"), text), r#"{"key":"value"}"#),
        ];
        for (set, wanted) in written {
            let options = linkwa_options_new();
            assert_eq!(set(options.as_deref()), OK, "{wanted}");
            let json = request(options.as_deref());
            assert!(json.contains(wanted), "{wanted}: {json}");
            assert_eq!(json.matches("value").count(), wanted.matches("value").count(), "{json}");
            linkwa_options_free(options);
        }
    }

    #[test]
    fn a_time_is_counted_from_1970_and_cut_at_both_ends() {
        for (seconds, wanted) in [
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1970-01-01T00:00:00Z"),
            (i64::MIN, "1970-01-01T00:00:00Z"),
            (253_402_300_800, "9999-12-31T23:59:59Z"),
            (i64::MAX, "9999-12-31T23:59:59Z"),
        ] {
            let options = linkwa_options_new();
            let status = linkwa_options_set_valid_until(options.as_deref(), seconds);
            if status == OK {
                assert!(request(options.as_deref()).contains(wanted), "{seconds}");
            } else {
                assert_eq!(problem(options.as_deref()), "`unix_seconds` is beyond this system's clock");
            }
        }
    }

    #[test]
    fn gates_and_parameters_are_added_up_and_the_timeout_is_not_written() {
        let options = linkwa_options_new();
        let o = options.as_deref();
        let untouched = request(o);
        for gate in [c"one", c"two"] {
            assert_eq!(linkwa_options_add_event_report_gate(o, Text::new(gate)), OK);
        }
        for (key, value) in [(c"a", c"1"), (c"b", c"2"), (c"a", c"3")] {
            assert_eq!(linkwa_options_add_custom_parameter(o, Text::new(key), Text::new(value)), OK);
        }
        let json = request(o);
        assert!(json.contains(r#""eventReportGates":["one","two"]"#), "{json}");
        assert!(
            json.contains(r#""customParameters":{"b":"2","a":"3"}"#) || json.contains(r#"{"a":"3","b":"2"}"#),
            "{json}"
        );

        let options = linkwa_options_new();
        assert_eq!(linkwa_options_set_timeout_ms(options.as_deref(), 1500), OK);
        assert_eq!(request(options.as_deref()), untouched);
        let wanted = SendOptions::new().timeout(Duration::from_millis(1500));
        assert_eq!(*options_or_none(options.as_deref()).expect("options"), wanted);
        assert_eq!(*options_or_none(None).expect("none"), SendOptions::new());
    }

    #[test]
    fn what_threads_add_at_once_is_all_there_in_the_order_of_each() {
        const EACH: usize = 1000;
        let options = linkwa_options_new();
        let o = options.as_deref();
        std::thread::scope(|scope| {
            for thread in 0..8 {
                scope.spawn(move || {
                    let key = format!("{thread}\0");
                    for number in 0..EACH {
                        let value = format!("{number}\0");
                        let (key, value) = (Text::of(key.as_bytes()), Text::of(value.as_bytes()));
                        assert_eq!(linkwa_options_add_custom_parameter(o, key, value), OK);
                    }
                });
            }
        });
        let overrides = o.expect("options").0.read(Clone::clone).expect("nothing is wrong");
        assert_eq!(overrides.parameters.iter().count(), 8 * EACH);
        for thread in 0..8 {
            let of_thread = overrides.parameters.iter().filter(|(key, _)| *key == thread.to_string());
            assert!(of_thread.map(|(_, value)| value.clone()).eq((0..EACH).map(|number| number.to_string())));
        }
    }

    #[test]
    fn the_first_problem_is_remembered_and_null_is_none() {
        let (bad, null) = (Text::new(c"a\xff"), Text::NULL);
        let refused: [(Setter<'_>, &str); 11] = [
            (&|o| linkwa_options_set_priority(o, PriorityNumber::of(0)), "`priority` is no priority: 0"),
            (
                &|o| linkwa_options_set_priority(o, PriorityNumber::of(u32::MAX)),
                "`priority` is no priority: 4294967295",
            ),
            (&|o| linkwa_options_set_ref_id(o, bad), "`ref_id` is not valid UTF-8 (byte 1)"),
            (&|o| linkwa_options_add_event_report_gate(o, null), "`gate` is NULL"),
            (&|o| linkwa_options_add_custom_parameter(o, null, bad), "`key` is NULL"),
            (&|o| linkwa_options_add_custom_parameter(o, Text::new(c""), bad), "`value` is not valid UTF-8 (byte 1)"),
            (&|o| linkwa_options_set_absolute_validity_time(o, null), "`time` is NULL"),
            (&|o| linkwa_options_set_source(o, null), "`msisdn` is NULL"),
            (&|o| linkwa_options_set_platform_service_id(o, null), "`id` is NULL"),
            (&|o| linkwa_options_set_platform_service_type(o, null), "`service_type` is NULL"),
            (&|o| linkwa_options_set_platform_transaction_id(o, null), "`id` is NULL"),
        ];
        for (set, wanted) in refused {
            let options = linkwa_options_new();
            assert_eq!(set(options.as_deref()), INVALID_ARGUMENT, "{wanted}");
            assert_eq!(linkwa_options_set_ref_id(options.as_deref(), Text::new(c"r")), OK);
            assert_eq!(linkwa_options_set_ref_id(options.as_deref(), Text::NULL), INVALID_ARGUMENT);
            assert_eq!(problem(options.as_deref()), wanted);
            assert_eq!(set(None), INVALID_ARGUMENT);
        }
        assert_eq!(linkwa_options_set_timeout_ms(None, 1), INVALID_ARGUMENT);
        assert_eq!(linkwa_options_set_valid_until(None, 1), INVALID_ARGUMENT);
        assert_eq!(linkwa_options_set_relative_validity_time_ms(None, 1), INVALID_ARGUMENT);
        linkwa_options_free(None);
    }
}
