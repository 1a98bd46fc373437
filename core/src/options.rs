//! What one send can say for itself.

use std::time::{Duration, SystemTime};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::request::Priority;

/// What one send overrides of the client's defaults; everything left out stays as the client has it.
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
    pub(crate) priority: Option<Priority>,
    pub(crate) ref_id: Option<String>,
    pub(crate) event_report_gates: Option<Vec<String>>,
    pub(crate) custom_parameters: Option<Vec<(String, String)>>,
    pub(crate) relative_validity_time: Option<u64>,
    pub(crate) absolute_validity_time: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) platform_service_id: Option<String>,
    pub(crate) platform_service_type: Option<String>,
    pub(crate) platform_transaction_id: Option<String>,
    pub(crate) timeout: Option<Duration>,
}

impl SendOptions {
    /// Nothing overridden.
    pub fn new() -> Self {
        Self::default()
    }

    /// The message's priority; `NORMAL` where nobody says anything.
    #[must_use]
    pub fn priority(mut self, priority: Priority) -> Self {
        self.priority = Some(priority);
        self
    }

    /// The caller's own reference, which comes back in every event report. Not empty. Left out, a unique one is made.
    ///
    /// To be able to reconcile after a crash, make one with [`new_ref_id`](crate::new_ref_id) and store it before sending.
    #[must_use]
    pub fn ref_id(mut self, ref_id: impl Into<String>) -> Self {
        self.ref_id = Some(ref_id.into());
        self
    }

    /// The gates that event reports go to, instead of the client's. An empty list names none, whatever the client has.
    #[must_use]
    pub fn event_report_gates<G: Into<String>>(mut self, gates: impl IntoIterator<Item = G>) -> Self {
        self.event_report_gates = Some(gates.into_iter().map(Into::into).collect());
        self
    }

    /// Adds a gate to those of [`event_report_gates`](Self::event_report_gates).
    #[doc(hidden)]
    #[must_use]
    pub fn event_report_gate(mut self, gate: impl Into<String>) -> Self {
        self.event_report_gates.get_or_insert_default().push(gate.into());
        self
    }

    /// Adds a parameter that comes back in every event report; a key given twice keeps the later value. Parameters here
    /// replace all of the client's.
    #[must_use]
    pub fn custom_parameter(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.custom_parameters.get_or_insert_default().push((key.into(), value.into()));
        self
    }

    /// The parameters that come back in every event report, instead of the client's and of those that were added before; a
    /// key given twice keeps the later value. An empty list says that there are none, whatever the client has.
    ///
    /// ```
    /// # use linkwa::SendOptions;
    /// let none = SendOptions::new().custom_parameters::<&str, &str>([]);
    /// let two = SendOptions::new().custom_parameters([("campaign", "spring"), ("shop", "17")]);
    /// assert_eq!(two, SendOptions::new().custom_parameter("campaign", "spring").custom_parameter("shop", "17"));
    /// assert_ne!(none, SendOptions::new());
    /// ```
    #[must_use]
    pub fn custom_parameters<K: Into<String>, V: Into<String>>(
        mut self,
        parameters: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let parameters = parameters.into_iter().map(|(key, value)| (key.into(), value.into()));
        self.custom_parameters = Some(parameters.collect());
        self
    }

    /// How long the gateway may try, from now. Sent in milliseconds; less than one is an error. An absolute time wins over
    /// this.
    #[must_use]
    pub fn relative_validity_time(mut self, time: Duration) -> Self {
        self.relative_validity_time = Some(u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
        self
    }

    /// Until when the gateway may try: an RFC 3339 date-time with an offset, `2030-03-18T16:49:21Z`. It wins over the
    /// relative time. A time that is over is a warning. With neither, the gateway tries for 48 hours.
    #[must_use]
    pub fn absolute_validity_time(mut self, time: impl Into<String>) -> Self {
        self.absolute_validity_time = Some(time.into());
        self
    }

    /// Until when the gateway may try, as [`absolute_validity_time`](Self::absolute_validity_time), to the second. A time
    /// beyond the year 9999 is taken as its end.
    #[must_use]
    pub fn valid_until(self, time: SystemTime) -> Self {
        let whole = time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let moment = i64::try_from(whole).ok().and_then(|secs| OffsetDateTime::from_unix_timestamp(secs).ok());
        let text = moment.and_then(|moment| moment.format(&Rfc3339).ok());
        self.absolute_validity_time(text.unwrap_or_else(|| "9999-12-31T23:59:59Z".to_owned()))
    }

    /// The business number to send from, instead of the client's.
    #[must_use]
    pub fn source(mut self, source: impl Into<String>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The id of the service on the platform.
    #[must_use]
    pub fn platform_service_id(mut self, id: impl Into<String>) -> Self {
        self.platform_service_id = Some(id.into());
        self
    }

    /// The type of the service on the platform.
    #[must_use]
    pub fn platform_service_type(mut self, service_type: impl Into<String>) -> Self {
        self.platform_service_type = Some(service_type.into());
        self
    }

    /// The id of the transaction on the platform.
    #[must_use]
    pub fn platform_transaction_id(mut self, id: impl Into<String>) -> Self {
        self.platform_transaction_id = Some(id.into());
        self
    }

    /// How long the send may take, from the call to the result: above 0, and at most 24 hours; another is `invalid_config`.
    /// Otherwise the client's, 30 seconds by default.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}
