//! Which chunks of a run were dealt with.

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// Which chunks of a run were dealt with; to be kept, and given to
/// [`ManyOptions::resume`](crate::ManyOptions::resume).
///
/// It is as new as the moment it was made: chunks that began after that are not in it. After a crash find out about those
/// by their references, `{refId}-{index}`, before you resume.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Checkpoint {
    version: u32,
    pub(super) ref_id: String,
    pub(super) destinations_per_request: usize,
    pub(super) accepted: Ranges,
    pub(super) unknown: Ranges,
}

impl Checkpoint {
    /// Of a run that has not begun.
    pub(super) fn new(ref_id: String, destinations_per_request: usize) -> Self {
        let (accepted, unknown) = (Ranges::default(), Ranges::default());
        Self { version: VERSION, ref_id, destinations_per_request, accepted, unknown }
    }

    /// The reference that the chunks' references begin with.
    pub fn ref_id(&self) -> &str {
        &self.ref_id
    }

    /// The indexes of the chunks whose outcome is unknown, those under way included.
    pub fn unknown(&self) -> impl Iterator<Item = u64> {
        self.unknown.0.iter().flat_map(|(first, last)| *first..=*last)
    }

    /// A short JSON text, to be kept.
    pub fn to_json(&self) -> String {
        // Numbers and strings only: it cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads what [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    ///
    /// `invalid_config` if it did not write this.
    pub fn from_json(json: &str) -> Result<Self, Error> {
        let wrong = || Error::invalid_config("this is no checkpoint");
        let checkpoint: Self = serde_json::from_str(json).map_err(|_| wrong())?;
        let sound = checkpoint.accepted.is_sound() && checkpoint.unknown.is_sound();
        if checkpoint.version != VERSION || checkpoint.destinations_per_request == 0 || !sound {
            return Err(wrong());
        }
        Ok(checkpoint)
    }
}

const VERSION: u32 = 1;

/// A set of indexes, as its runs: first and last, in order, with gaps between them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ranges(Vec<(u64, u64)>);

impl Ranges {
    pub(super) fn contains(&self, index: u64) -> bool {
        let after = self.0.partition_point(|(first, _)| *first <= index);
        after.checked_sub(1).and_then(|at| self.0.get(at)).is_some_and(|(_, last)| index <= *last)
    }

    pub(super) fn insert(&mut self, index: u64) {
        if self.contains(index) {
            return;
        }
        let at = self.0.partition_point(|(first, _)| *first <= index);
        let joins_before = at > 0 && self.0.get(at - 1).is_some_and(|(_, last)| last.checked_add(1) == Some(index));
        let joins_after = self.0.get(at).is_some_and(|(first, _)| index.checked_add(1) == Some(*first));
        match (joins_before, joins_after) {
            (true, true) => {
                let (_, last) = self.0.remove(at);
                self.set(at - 1, |range| range.1 = last);
            }
            (true, false) => self.set(at - 1, |range| range.1 = index),
            (false, true) => self.set(at, |range| range.0 = index),
            (false, false) => self.0.insert(at, (index, index)),
        }
    }

    pub(super) fn remove(&mut self, index: u64) {
        if !self.contains(index) {
            return;
        }
        let at = self.0.partition_point(|(first, _)| *first <= index) - 1;
        let (first, last) = self.0.remove(at);
        if index < last {
            self.0.insert(at, (index + 1, last));
        }
        if first < index {
            self.0.insert(at, (first, index - 1));
        }
    }

    fn set(&mut self, at: usize, change: impl FnOnce(&mut (u64, u64))) {
        if let Some(range) = self.0.get_mut(at) {
            change(range);
        }
    }

    fn is_sound(&self) -> bool {
        let apart = |a: &(u64, u64), b: &(u64, u64)| a.1.checked_add(1).is_some_and(|next| next < b.0);
        self.0.iter().all(|(first, last)| first <= last)
            && self.0.windows(2).all(|two| matches!(two, [a, b] if apart(a, b)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ranges_are_a_set(indexes in proptest::collection::vec(0..40_u64, 0..60)) {
            let mut ranges = Ranges::default();
            for index in &indexes {
                ranges.insert(*index);
            }
            prop_assert!(ranges.is_sound());
            for index in 0..41 {
                prop_assert_eq!(ranges.contains(index), indexes.contains(&index));
            }
            for index in indexes.iter().step_by(2) {
                ranges.remove(*index);
                prop_assert!(ranges.is_sound() && !ranges.contains(*index));
            }
            let removed: Vec<_> = indexes.iter().step_by(2).collect();
            for index in 0..41 {
                prop_assert_eq!(ranges.contains(index), indexes.contains(&index) && !removed.contains(&&index));
            }
        }
    }

    #[test]
    fn a_checkpoint_reads_back_and_nothing_else_does() {
        let mut checkpoint = Checkpoint {
            version: VERSION,
            ref_id: "r\"".to_owned(),
            destinations_per_request: 3,
            accepted: Ranges::default(),
            unknown: Ranges::default(),
        };
        for index in [0, 1, 2, 7] {
            checkpoint.accepted.insert(index);
        }
        for index in [3, u64::MAX] {
            checkpoint.unknown.insert(index);
        }
        let json = checkpoint.to_json();
        assert_eq!(Checkpoint::from_json(&json).expect("our own"), checkpoint);
        for (from, to) in [
            (r#""version":1"#, r#""version":2"#),
            ("[[0,2],[7,7]]", "[[2,0]]"),
            ("[[0,2],[7,7]]", "[[0,2],[3,7]]"),
            (r#""destinationsPerRequest":3"#, r#""destinationsPerRequest":0"#),
            (r#""refId""#, r#""refid""#),
            ("}", ""),
        ] {
            let changed = json.replace(from, to);
            assert_ne!(changed, json);
            assert_eq!(
                Checkpoint::from_json(&changed).expect_err("refused").code().as_str(),
                "invalid_config",
                "{changed}"
            );
        }
    }
}
