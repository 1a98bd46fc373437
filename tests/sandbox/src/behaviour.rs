//! What the sandbox does on purpose beside the digits of a destination: it is slow, busy or faulty.

use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::scenario::Scenario;
use crate::store::bare;

/// The scenarios that wait are at most this many.
const MAX_QUEUE: usize = 10_000;

/// How long an answer takes: a time, or a range from which each answer gets one.
///
/// ```
/// use std::time::Duration;
/// use linkwa_sandbox::Latency;
/// assert_eq!("100..300".parse(), Ok(Latency::between(Duration::from_millis(100), Duration::from_millis(300))));
/// assert_eq!("50".parse(), Ok(Latency::from(Duration::from_millis(50))));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Latency {
    least: Duration,
    most: Duration,
}

impl Latency {
    /// Any time from the least to the most, each equally likely.
    pub fn between(least: Duration, most: Duration) -> Self {
        Self { least: least.min(most), most: least.max(most) }
    }

    /// In milliseconds, from the least to the most.
    pub(crate) fn milliseconds(self) -> [u64; 2] {
        [self.least, self.most].map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
    }

    fn draw(self) -> Duration {
        let [least, most] = self.milliseconds();
        Duration::from_millis(fastrand::u64(least..=most))
    }
}

impl From<Duration> for Latency {
    fn from(time: Duration) -> Self {
        Self::between(time, time)
    }
}

/// Milliseconds, such as `50`, or a range of them, such as `100..300`.
impl FromStr for Latency {
    type Err = LatencyError;

    fn from_str(text: &str) -> Result<Self, LatencyError> {
        // A day is longer than any test waits, and can be added to any time.
        let time = |text: &str| text.parse().ok().filter(|ms| *ms <= 86_400_000).map(Duration::from_millis);
        let (least, most) = text.split_once("..").unwrap_or((text, text));
        match (time(least), time(most)) {
            (Some(least), Some(most)) if least <= most => Ok(Self::between(least, most)),
            _ => Err(LatencyError),
        }
    }
}

/// A text that is no latency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LatencyError;

impl fmt::Display for LatencyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a latency is written in milliseconds, as 50 or 100..300, and is at most a day")
    }
}

impl std::error::Error for LatencyError {}

/// What is set while the sandbox runs.
#[derive(Default)]
pub(crate) struct Behaviour {
    state: Mutex<Set>,
}

#[derive(Default)]
struct Set {
    queue: VecDeque<Planned>,
    chaos: Option<Chaos>,
    window: Option<Window>,
}

/// What the next request meets.
#[derive(Clone)]
pub(crate) struct Planned {
    pub(crate) scenario: Option<&'static Scenario>,
    pub(crate) latency: Option<Latency>,
    /// Only a request to this destination.
    pub(crate) to: Option<String>,
}

/// Faults by chance. The same seed gives the same faults for the same order of requests.
pub(crate) struct Chaos {
    pub(crate) seed: u64,
    pub(crate) faults: Vec<(&'static Scenario, f64)>,
    random: fastrand::Rng,
}

impl Chaos {
    /// The probabilities are at least 0, and together at most 1.
    pub(crate) fn new(seed: u64, faults: Vec<(&'static Scenario, f64)>) -> Result<Self, String> {
        let sum: f64 = faults.iter().map(|(_, probability)| probability).sum();
        // Sums of decimal fractions such as 0.1 are not exact.
        if faults.iter().any(|(_, probability)| !(0.0..=1.0).contains(probability)) || sum > 1.0 + 1e-9 {
            return Err("a probability is from 0 to 1, and all together are at most 1".to_owned());
        }
        Ok(Self { seed, faults, random: fastrand::Rng::with_seed(seed) })
    }

    fn draw(&mut self) -> Option<&'static Scenario> {
        let mut left = self.random.f64();
        for (scenario, probability) in &self.faults {
            if left < *probability {
                return Some(scenario);
            }
            left -= probability;
        }
        None
    }
}

/// A second, and how many requests were taken in it.
#[derive(Clone, Copy)]
struct Window {
    begins: Instant,
    taken: u32,
}

impl Behaviour {
    /// Queues what the next requests meet. Returns how many wait.
    pub(crate) fn plan(&self, planned: &Planned, count: usize) -> Result<usize, String> {
        let mut set = self.lock();
        if set.queue.len().saturating_add(count) > MAX_QUEUE {
            return Err(format!("at most {MAX_QUEUE} scenarios can wait"));
        }
        set.queue.extend(std::iter::repeat_n(planned, count).cloned());
        Ok(set.queue.len())
    }

    pub(crate) fn planned(&self) -> Vec<Planned> {
        self.lock().queue.iter().cloned().collect()
    }

    pub(crate) fn clear_planned(&self) {
        self.lock().queue.clear();
    }

    pub(crate) fn set_chaos(&self, chaos: Option<Chaos>) {
        self.lock().chaos = chaos;
    }

    /// Seed and faults.
    pub(crate) fn chaos(&self) -> Option<(u64, Vec<(&'static Scenario, f64)>)> {
        self.lock().chaos.as_ref().map(|chaos| (chaos.seed, chaos.faults.clone()))
    }

    pub(crate) fn reset(&self) {
        *self.lock() = Set::default();
    }

    /// What a valid request meets, whatever the digits of its destinations. Chance spares a request whose digits ask for something.
    pub(crate) fn meet(&self, destinations: &[String]) -> (Option<&'static Scenario>, Option<Latency>) {
        let mut set = self.lock();
        let suits = |planned: &Planned| {
            let to = planned.to.as_deref().map(bare);
            to.is_none_or(|to| destinations.iter().any(|destination| bare(destination) == to))
        };
        if let Some(planned) = set.queue.iter().position(suits).and_then(|index| set.queue.remove(index)) {
            return (planned.scenario, planned.latency);
        }
        if destinations.iter().any(|destination| Scenario::of(destination).is_some()) {
            return (None, None);
        }
        (set.chaos.as_mut().and_then(Chaos::draw), None)
    }

    /// Whether a request is within the rate, in requests for each second. A second begins with the first request after the last one.
    pub(crate) fn is_within(&self, rate: Option<u32>, now: Instant) -> bool {
        let Some(rate) = rate else { return true };
        let mut set = self.lock();
        let current = set.window.filter(|window| now.duration_since(window.begins) < Duration::from_secs(1));
        let window = current.unwrap_or(Window { begins: now, taken: 0 });
        let is_within = window.taken < rate;
        set.window = Some(Window { taken: window.taken + u32::from(is_within), ..window });
        is_within
    }

    fn lock(&self) -> MutexGuard<'_, Set> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long an answer takes: what the request asks for, what is planned for it, or else what is set for all.
pub(crate) fn latency(asked: Option<Latency>, planned: Option<Latency>, otherwise: Latency) -> Duration {
    asked.or(planned).unwrap_or(otherwise).draw()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Behaviour, Chaos, Latency, Planned};
    use crate::scenario::Scenario;

    fn scenario(digits: &str) -> &'static Scenario {
        Scenario::of(digits).unwrap_or_else(|| panic!("{digits}"))
    }

    #[test]
    fn a_latency_is_within_its_range() {
        let latency: Latency = "2..4".parse().unwrap_or_default();
        for _ in 0..100 {
            let drawn = latency.draw();
            assert!((Duration::from_millis(2)..=Duration::from_millis(4)).contains(&drawn));
        }
        for text in ["", "x", "-1", "1.5", "3..2", "1..", "..", "86400001"] {
            assert!(text.parse::<Latency>().is_err(), "{text}");
        }
    }

    #[test]
    fn chance_follows_its_seed_and_probabilities() {
        let draws = |seed| {
            let faults = vec![(scenario("1429"), 0.3), (scenario("2001"), 0.1)];
            let mut chaos = Chaos::new(seed, faults).unwrap_or_else(|error| panic!("{error}"));
            (0..10_000).map(|_| chaos.draw().map(|scenario| scenario.digits)).collect::<Vec<_>>()
        };
        let seven = draws(7);
        assert_eq!(seven, draws(7));
        assert_ne!(seven, draws(8));
        let count = |digits| seven.iter().filter(|met| **met == Some(digits)).count();
        assert!((2800..3200).contains(&count("1429")), "{}", count("1429"));
        assert!((850..1150).contains(&count("2001")), "{}", count("2001"));
        for faults in [vec![0.6, 0.5], vec![-0.1], vec![1.1], vec![f64::NAN]] {
            let faults = faults.into_iter().map(|probability| (scenario("1429"), probability)).collect();
            assert!(Chaos::new(1, faults).is_err());
        }
    }

    #[test]
    fn each_second_takes_as_many_requests_as_the_rate() {
        let (behaviour, start) = (Behaviour::default(), Instant::now());
        for (ms, expected) in [(0, 10), (999, 0), (1000, 10), (1999, 0), (5500, 10), (6400, 0)] {
            let now = start + Duration::from_millis(ms);
            let taken = (0..15).filter(|_| behaviour.is_within(Some(10), now)).count();
            assert_eq!(taken, expected, "after {ms} ms");
        }
        assert!(behaviour.is_within(None, start));
    }

    #[test]
    fn a_planned_scenario_waits_for_its_destination() {
        let behaviour = Behaviour::default();
        let one = Planned { scenario: Some(scenario("1500")), latency: None, to: Some("+46000000001".to_owned()) };
        let other = Planned { scenario: Some(scenario("2001")), latency: None, to: None };
        assert_eq!((behaviour.plan(&one, 1), behaviour.plan(&other, 1)), (Ok(1), Ok(2)));
        assert!(behaviour.plan(&one, 10_000).is_err());
        let meet = |to: &str| behaviour.meet(&[to.to_owned()]).0.map(|scenario| scenario.digits);
        assert_eq!(meet("+46000000002"), Some("2001"));
        assert_eq!(meet("+46000000002"), None);
        assert_eq!(meet("46000000001"), Some("1500"));
        assert_eq!(meet("46000000001"), None);
    }
}
