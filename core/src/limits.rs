//! The bounds of numbers that callers set. They are the same in every language.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::time::Duration;

use crate::error::Error;

/// The longest timeout. A longer one is a mistake, and could overflow a clock.
pub(crate) const LONGEST_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

/// Workers, and connections to one gateway.
pub(crate) const CONNECTIONS: RangeInclusive<usize> = 1..=10_000;

/// Sends that wait for a worker, each with its request in memory.
pub(crate) const QUEUE: RangeInclusive<usize> = 1..=10_000_000;

/// Attempts of one send.
pub(crate) const ATTEMPTS: RangeInclusive<usize> = 1..=100;

/// About as many as fit in a request of 1 MiB.
pub(crate) const DESTINATIONS_PER_REQUEST: RangeInclusive<usize> = 1..=50_000;

/// Destinations or messages per second.
const HIGHEST_RATE: f64 = 1_000_000.0;

/// Collects all problems for one error.
#[derive(Debug, Default)]
pub(crate) struct Checks(pub(crate) Vec<String>);

impl Checks {
    pub(crate) fn timeout(&mut self, name: impl Display, timeout: Duration) {
        if timeout.is_zero() || timeout > LONGEST_TIMEOUT {
            self.0.push(format!("{name} must be above 0 and at most 24 hours"));
        }
    }

    pub(crate) fn count(&mut self, name: impl Display, count: usize, bounds: &RangeInclusive<usize>) {
        if !bounds.contains(&count) {
            self.0.push(format!("{name} must be a whole number from {} to {}", bounds.start(), bounds.end()));
        }
    }

    pub(crate) fn rate(&mut self, name: impl Display, rate: f64) {
        // NaN is in no range.
        if !(rate > 0.0 && rate <= HIGHEST_RATE) {
            self.0.push(format!("{name} must be above 0 and at most {HIGHEST_RATE} a second"));
        }
    }

    /// # Errors
    ///
    /// `invalid_config`, which names all numbers that are out of bounds.
    pub(crate) fn finish(self) -> Result<(), Error> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::invalid_config(self.0.join("; "))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_inclusive_and_one_error_names_all_numbers_outside() {
        let mut checks = Checks::default();
        for rate in [f64::MIN_POSITIVE, 0.5, HIGHEST_RATE] {
            checks.rate("rate", rate);
        }
        for timeout in [Duration::from_nanos(1), LONGEST_TIMEOUT] {
            checks.timeout("timeout", timeout);
        }
        for count in [1, 100] {
            checks.count("count", count, &ATTEMPTS);
        }
        assert!(checks.finish().is_ok());

        let rates = [0.0, -0.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300];
        for rate in rates {
            let mut checks = Checks::default();
            checks.rate("rate", rate);
            assert!(checks.finish().is_err(), "{rate}");
        }
        let mut checks = Checks::default();
        checks.timeout("a", Duration::ZERO);
        checks.timeout("b", Duration::MAX);
        checks.count("c", 0, &ATTEMPTS);
        checks.count("d", usize::MAX, &ATTEMPTS);
        assert_eq!(checks.0.len(), 4);
    }
}
