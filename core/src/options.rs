//! The options of a send.

use std::time::{Duration, SystemTime};

use serde::Serialize;

use crate::by_name::{FromNamed, NamedValue, SetError};
use crate::declared::{Declared, Field as Declaration, Kind, declared_kind, declared_name};
use crate::finding::{FindingCode, Findings, Path};
use crate::json::{self, Value};
use crate::priority::Priority;
use crate::rule;
use crate::wire::{List, Params, Read, list, wire_object, wrong_type};

/// Milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Millis(pub(crate) u64);

impl From<Duration> for Millis {
    fn from(time: Duration) -> Self {
        Self(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
    }
}

impl FromNamed for Millis {
    fn from_named(value: NamedValue) -> Result<Self, SetError> {
        Duration::from_named(value).map(Self::from)
    }
}

impl FromNamed for List<String> {
    fn from_named(value: NamedValue) -> Result<Self, SetError> {
        Vec::<String>::from_named(value).map(list)
    }
}

impl FromNamed for Params {
    fn from_named(value: NamedValue) -> Result<Self, SetError> {
        Vec::<(String, String)>::from_named(value).map(Self::from_iter)
    }
}

impl Declared for Millis {
    const KIND: Kind = Kind::Duration;
}

impl Read for Millis {
    fn read(value: Value<'_>, path: &Path<'_>, findings: &mut Findings) -> Option<Self> {
        if value.kind() != json::Kind::Integer {
            wrong_type(value, "an integer", path, findings);
            return None;
        }
        let number = value.raw().parse().ok().map(Self);
        if number.is_none() {
            findings.add(path, FindingCode::OutOfRange, "must be above 0 and fit in 64 bits");
        }
        number
    }
}

/// Declares the options of a send: those that stand in the request, in its order, and those of the call.
macro_rules! options {
    (
        request {
            $($(#[doc = $doc:literal])* $field:ident = $wire:literal: $type:ident $(<$item:ident>)? $(as $kind:path)?;)*
        }
        call {
            $($(#[doc = $call_doc:literal])* $call:ident: $call_type:ident;)*
        }
    ) => {
        wire_object! {
            /// The options that stand in the request.
            pub(crate) struct RequestOptions {
                $($(#[doc = $doc])* pub(crate) $field = $wire: $type $(<$item>)? $(as $kind)?;)*
            }
        }

        /// Overrides the client's defaults for a send; everything that you leave out stays as the client has it.
        ///
        /// ```
        /// use std::time::Duration;
        /// use linkwa::{Priority, SendOptions};
        ///
        /// let options = SendOptions::new()
        ///     .priority(Priority::High)
        ///     .ref_id("order-17")
        ///     .custom_parameter("campaign", "spring")
        ///     .relative_validity_time(Duration::from_secs(3600));
        /// # let _ = options;
        /// ```
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct SendOptions {
            pub(crate) fields: RequestOptions,
            $(pub(crate) $call: Option<$call_type>,)*
        }

        impl SendOptions {
            /// Sets the option of this name.
            ///
            /// # Errors
            ///
            /// If there is no such option, or the value is not of its kind.
            #[doc(hidden)]
            pub fn set(&mut self, name: &str, value: NamedValue) -> Result<(), SetError> {
                match name {
                    $(stringify!($field) => self.fields.$field = Some(FromNamed::from_named(value)?).into(),)*
                    $(stringify!($call) => self.$call = Some(FromNamed::from_named(value)?),)*
                    _ => return Err(SetError::unknown(name, &[$(stringify!($field),)* $(stringify!($call)),*])),
                }
                Ok(())
            }

            $(setter! { [$(#[doc = $doc])*] $field: $type $(<$item>)? })*
            $(
                $(#[doc = $call_doc])*
                #[must_use]
                pub fn $call(mut self, $call: $call_type) -> Self {
                    self.$call = Some($call);
                    self
                }
            )*
        }

        /// Every option, as data.
        pub(crate) const OPTIONS: &[Declaration] = &[
            $(Declaration {
                name: declared_name!($field),
                wire: $wire,
                doc: concat!($($doc, "\n"),*),
                kind: declared_kind!($type $(<$item>)?, $($kind)?),
                required: false,
            },)*
            $(Declaration {
                name: declared_name!($call),
                wire: "",
                doc: concat!($($call_doc, "\n"),*),
                kind: <$call_type as Declared>::KIND,
                required: false,
            },)*
        ];
    };
}

/// The method that sets an option, by its type.
macro_rules! setter {
    ([$($doc:tt)*] $field:ident: String) => {
        $($doc)*
        #[must_use]
        pub fn $field(mut self, $field: impl Into<String>) -> Self {
            self.fields.$field = Some($field.into()).into();
            self
        }
    };
    ([$($doc:tt)*] $field:ident: Millis) => {
        $($doc)*
        #[must_use]
        pub fn $field(mut self, $field: Duration) -> Self {
            self.fields.$field = Some($field.into()).into();
            self
        }
    };
    ([$($doc:tt)*] $field:ident: Params) => {
        $($doc)*
        #[must_use]
        pub fn $field<K: Into<String>, V: Into<String>>(mut self, $field: impl IntoIterator<Item = (K, V)>) -> Self {
            self.fields.$field = Some($field.into_iter().collect()).into();
            self
        }
    };
    ([$($doc:tt)*] $field:ident: List<$item:ident>) => {
        $($doc)*
        #[must_use]
        pub fn $field<I: Into<$item>>(mut self, $field: impl IntoIterator<Item = I>) -> Self {
            self.fields.$field = Some(list($field.into_iter().map(Into::into))).into();
            self
        }
    };
    ([$($doc:tt)*] $field:ident: $type:ident) => {
        $($doc)*
        #[must_use]
        pub fn $field(mut self, $field: $type) -> Self {
            self.fields.$field = Some($field).into();
            self
        }
    };
}

options! {
    request {
        /// The id of the service on the platform.
        platform_service_id = "platformServiceId": String;
        /// The type of the service on the platform.
        platform_service_type = "platformServiceType": String;
        /// The id of the transaction on the platform.
        platform_transaction_id = "platformTransactionId": String;
        /// The message's priority. Without one it is `NORMAL`.
        priority = "priority": Priority;
        /// How long the gateway may try to deliver, counted from the send. Sent in milliseconds; less than one is an
        /// error. `absolute_validity_time` overrides this.
        relative_validity_time = "relativeValidityTime": Millis;
        /// Until when the gateway may try to deliver: an RFC 3339 date-time with an offset, `2030-03-18T16:49:21Z`. It
        /// overrides `relative_validity_time`. A time in the past is a warning. With neither, the gateway tries for 48
        /// hours.
        absolute_validity_time = "absoluteValidityTime": String as Kind::Timestamp;
        /// The gates that event reports go to, instead of the client's. An empty list removes the client's gates.
        event_report_gates = "eventReportGates": List<String>;
        /// Your own reference, which every event report repeats. Not empty. Without it the library makes a unique one.
        ///
        /// To reconcile after a crash, make one with [`new_ref_id`](crate::new_ref_id) and store it before sending.
        ref_id = "refId": String;
        /// Names and texts that every event report repeats, instead of the client's. If it is empty, there are none.
        custom_parameters = "customParameters": Params;
        /// The business number to send from, instead of the client's: 3 to 15 digits, with or without `+`.
        source = "source": String;
    }
    call {
        /// The longest time of the send, from the call to the result: above 0, and at most 24 hours. Without it the
        /// client's timeout, 30 seconds by default.
        timeout: Duration;
    }
}

impl SendOptions {
    /// Options that override nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a gate to those of [`event_report_gates`](Self::event_report_gates).
    #[doc(hidden)]
    #[must_use]
    pub fn event_report_gate(mut self, gate: impl Into<String>) -> Self {
        self.fields.event_report_gates.get_or_insert_default().push(Some(gate.into()).into());
        self
    }

    /// Adds to [`custom_parameters`](Self::custom_parameters). Adding a key again replaces its value.
    ///
    /// ```
    /// # use linkwa::SendOptions;
    /// let none = SendOptions::new().custom_parameters::<&str, &str>([]);
    /// let two = SendOptions::new().custom_parameters([("campaign", "spring"), ("shop", "17")]);
    /// assert_eq!(two, SendOptions::new().custom_parameter("campaign", "spring").custom_parameter("shop", "17"));
    /// assert_ne!(none, SendOptions::new());
    /// ```
    #[must_use]
    pub fn custom_parameter(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.fields.custom_parameters.get_or_insert_default().push(key, value);
        self
    }

    /// Sets until when the gateway may try to deliver, as [`absolute_validity_time`](Self::absolute_validity_time), to
    /// the second. A time beyond the year 9999 becomes the end of that year.
    #[must_use]
    pub fn valid_until(self, time: SystemTime) -> Self {
        self.absolute_validity_time(rule::rfc3339_of(time))
    }
}
