//! Which fault a request meets.

use std::fmt;
use std::sync::Arc;

use crate::fault::{Close, Fault};
use crate::reply::{Reply, ok_with_content_length};

/// Which fault each request meets: one for all ([`From<Fault>`]), a list in turn whose last goes on for ever
/// ([`From<Vec<Fault>>`]), or a function.
#[derive(Clone)]
pub struct Script(Arc<dyn Fn(Turn) -> Fault + Send + Sync>);

/// Which request it is. A turn is taken when a connection is accepted, and again when the first byte of each further
/// request on it comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Which connection, counted from 0 in the order of acceptance.
    pub connection: usize,
    /// Which request on that connection, from 0.
    pub request: usize,
    /// How many turns were taken before this one, on all connections.
    pub number: usize,
}

impl Script {
    /// Asks the function at each turn. It runs on the connection's thread, and must not wait for the client.
    pub fn new(fault: impl Fn(Turn) -> Fault + Send + Sync + 'static) -> Self {
        Self(Arc::new(fault))
    }

    /// Answers the first `count` requests well, so that connections are warm, then goes by the script, whose turns are
    /// counted from there.
    pub fn after_good(count: usize, script: impl Into<Self>) -> Self {
        let script = script.into();
        Self::new(move |turn| match turn.number.checked_sub(count) {
            Some(number) => script.fault(Turn { number, ..turn }),
            None => Fault::good(),
        })
    }

    /// Misbehaves at random, always in the same way for one seed, connection and request: half of the requests are
    /// answered well, the others with 4xx, with 5xx (accepted or not), not at all, with a part of a reply, or are not
    /// read to the end. It never stalls.
    pub fn random(seed: u64) -> Self {
        Self::new(move |turn| random_fault(seed, turn))
    }

    pub(crate) fn fault(&self, turn: Turn) -> Fault {
        (self.0)(turn)
    }
}

fn random_fault(seed: u64, turn: Turn) -> Fault {
    let mut dice = Dice(seed ^ Dice(turn.connection as u64).roll() ^ Dice(!(turn.request as u64)).roll());
    match dice.below(20) {
        0..8 => Fault::good(),
        8 | 9 => Fault::answer(Reply::queued_chunked()),
        10 | 11 => Fault::answer(Reply::error([400, 401, 403, 429][dice.below(4)])),
        12 => Fault::answer(Reply::error([500, 502, 503][dice.below(3)])),
        // It was accepted before the gateway failed.
        13 => Fault::answer(Reply::error([500, 502, 503][dice.below(3)])).accepting(true),
        14 | 15 => Fault::close_unanswered().closing(dice.close()),
        16 | 17 => Fault::close_after(dice.below(1_500)).closing(dice.close()),
        _ => {
            let reply = ok_with_content_length();
            let count = dice.below(reply.len());
            Fault::cut_reply(reply, count).closing(dice.close())
        }
    }
}

/// The generator splitmix64.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    #[allow(clippy::cast_possible_truncation, reason = "the remainder is smaller than a usize")]
    fn below(&mut self, bound: usize) -> usize {
        (self.roll() % bound as u64) as usize
    }

    fn close(&mut self) -> Close {
        [Close::Orderly, Close::Cut, Close::Abrupt, Close::Reset][self.below(4)]
    }
}

/// Answers everything well.
impl Default for Script {
    fn default() -> Self {
        Fault::good().into()
    }
}

impl From<Fault> for Script {
    fn from(fault: Fault) -> Self {
        Self::new(move |_| fault.clone())
    }
}

impl From<Vec<Fault>> for Script {
    /// One each turn, then the last for ever; none at all is [`Fault::good`].
    fn from(faults: Vec<Fault>) -> Self {
        Self::new(move |turn| faults.get(turn.number).or(faults.last()).cloned().unwrap_or_else(Fault::good))
    }
}

impl<const N: usize> From<[Fault; N]> for Script {
    fn from(faults: [Fault; N]) -> Self {
        faults.to_vec().into()
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Script").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::{End, Read};

    fn shown(seed: u64, connection: usize, request: usize, number: usize) -> String {
        format!("{:?}", Script::random(seed).fault(Turn { connection, request, number }))
    }

    #[test]
    fn random_is_the_same_for_one_seed_connection_and_request() {
        for connection in 0..20 {
            for request in 0..20 {
                assert_eq!(shown(7, connection, request, 0), shown(7, connection, request, 99));
            }
        }
    }

    #[test]
    fn random_differs_by_seed_connection_and_request() {
        let row = |of: fn(usize) -> String| (0..200).map(of).collect::<std::collections::HashSet<_>>().len();
        assert!(row(|n| shown(n as u64, 0, 0, 0)) > 20);
        assert!(row(|n| shown(7, n, 0, 0)) > 20);
        assert!(row(|n| shown(7, 0, n, 0)) > 20);
        assert!((0..50).any(|n| shown(7, n, 1, 0) != shown(7, 1, n, 0)));
    }

    #[test]
    fn a_random_script_has_faults_of_every_kind() {
        let all: Vec<Fault> =
            (0..1_000).map(|number| random_fault(7, Turn { connection: number, request: 0, number })).collect();
        let count = |is: fn(&Fault) -> bool| all.iter().filter(|fault| is(fault)).count();
        let good = count(|fault| answers(fault, 200..300) && fault.reply_limit == usize::MAX);
        assert!((400..600).contains(&good), "{good}");
        assert!(count(|fault| answers(fault, 400..500) && !fault.accepts()) > 50);
        assert!(count(|fault| answers(fault, 500..600) && !fault.accepts()) > 20);
        assert!(count(|fault| answers(fault, 500..600) && fault.accepts()) > 20);
        assert!(count(|fault| fault.reply.is_none() && fault.read == Read::Whole) > 50);
        assert!(count(|fault| matches!(fault.read, Read::Bytes(_))) > 50);
        assert!(count(|fault| fault.reply_limit < usize::MAX) > 50);
        assert_eq!(count(|fault| matches!(fault.end, End::Stall)), 0);
    }

    fn answers(fault: &Fault, statuses: std::ops::Range<u16>) -> bool {
        fault.reply.as_ref().and_then(Reply::status).is_some_and(|status| statuses.contains(&status))
    }
}
