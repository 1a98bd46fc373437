//! Which chunks of a run are done, and for which destinations.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize, Serializer};

use crate::error::Error;
use crate::limits::DESTINATIONS_PER_REQUEST;

/// Which chunks of a run are done. Store it, and pass it to [`ManyOptions::resume`](crate::ManyOptions::resume).
///
/// A checkpoint does not know about chunks that began after it was taken. After a crash, look up their references,
/// `{refId}-{index}`, before you resume.
///
/// It contains hashes of the destinations that the run had taken, so that a run with other destinations is refused.
/// Hashes of phone numbers can be guessed: protect a checkpoint like the numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Checkpoint {
    version: u32,
    pub(super) ref_id: String,
    pub(super) destinations_per_request: usize,
    pub(super) accepted: Ranges,
    pub(super) unknown: Ranges,
    pub(super) covered: Covered,
}

impl Checkpoint {
    /// For a run that has not begun.
    pub(super) fn new(ref_id: String, destinations_per_request: usize) -> Self {
        let (accepted, unknown) = (Ranges::default(), Ranges::default());
        let covered = Covered::default();
        Self { version: VERSION, ref_id, destinations_per_request, accepted, unknown, covered }
    }

    /// The reference that the chunks' references begin with.
    pub fn ref_id(&self) -> &str {
        &self.ref_id
    }

    /// The indexes of the chunks whose outcome is unknown, including those under way.
    pub fn unknown(&self) -> impl Iterator<Item = u64> {
        self.unknown.0.iter().flat_map(|(first, last)| *first..=*last)
    }

    /// The indexes of [`unknown`](Self::unknown) as ranges, in order, with gaps between them.
    pub fn unknown_ranges(&self) -> impl ExactSizeIterator<Item = RangeInclusive<u64>> {
        self.unknown.0.iter().map(|(first, last)| *first..=*last)
    }

    /// Returns a short JSON text to store.
    pub fn to_json(&self) -> String {
        // This cannot fail: there are only numbers and strings.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads the text of [`to_json`](Self::to_json).
    ///
    /// # Errors
    ///
    /// `invalid_config`, with the position and the reason but no values, if it is not such a text. Checkpoints of
    /// version 1 have no hashes, and are refused.
    pub fn from_json(json: &str) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let damaged = |why: String| Error::invalid_config(format!("the checkpoint cannot be used: {why}"));
        // serde's own message would repeat values.
        let unreadable = |error: serde_json::Error| {
            let why = match error.classify() {
                serde_json::error::Category::Eof => "the text ends too early",
                serde_json::error::Category::Data => "a member is missing, unknown or of another form",
                serde_json::error::Category::Syntax | serde_json::error::Category::Io => "this is not JSON",
            };
            damaged(format!("line {}, column {}: {why}", error.line(), error.column()))
        };
        let Version { version } = serde_json::from_str(json).map_err(unreadable)?;
        if version != VERSION {
            let why =
                format!("version: it is {version}, and this release of linkwa reads and writes version {VERSION}");
            return Err(damaged(why));
        }
        let checkpoint: Self = serde_json::from_str(json).map_err(unreadable)?;
        checkpoint.find_fault().map_or(Ok(checkpoint), |why| Err(damaged(why)))
    }

    /// Finds a value that no run writes, and says where it is.
    fn find_fault(&self) -> Option<String> {
        if self.ref_id.is_empty() {
            return Some("refId: it is empty".to_owned());
        }
        if !DESTINATIONS_PER_REQUEST.contains(&self.destinations_per_request) {
            return Some("destinationsPerRequest: it is out of bounds".to_owned());
        }
        for (name, ranges) in [("accepted", &self.accepted), ("unknown", &self.unknown)] {
            if let Some(at) = ranges.find_fault() {
                return Some(format!("{name}[{at}]: the ranges must be in order, with gaps between them"));
            }
            if ranges.0.last().is_some_and(|(_, last)| *last >= self.covered.requests) {
                let at = ranges.0.len() - 1;
                return Some(format!("{name}[{at}]: it is beyond the requests that are covered"));
            }
        }
        let overlap = self.unknown.0.iter().position(|range| self.accepted.overlaps(*range));
        if let Some(at) = overlap {
            return Some(format!("unknown[{at}]: these requests are accepted as well"));
        }
        self.covered.find_fault().map(|why| format!("covered: {why}"))
    }
}

const VERSION: u32 = 2;

/// The most hashes of a checkpoint.
const MOST_HASHES: usize = 256;

/// The number of chunks per hash at the beginning.
const FIRST_BLOCK: u64 = 16;

/// Identifies the destinations of a run in little memory: a hash of each block of chunks. When there are too many, the
/// blocks double. The hash of a block is the sum of those of its chunks, so that two blocks can be merged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Covered {
    /// The number of chunks taken: those with lower indexes.
    pub(super) requests: u64,
    per_hash: u64,
    hashes: Vec<Hash>,
}

impl Default for Covered {
    fn default() -> Self {
        Self { requests: 0, per_hash: FIRST_BLOCK, hashes: Vec::new() }
    }
}

impl Covered {
    /// The next chunk.
    pub(super) fn add(&mut self, hash: Hash) {
        if self.requests.is_multiple_of(self.per_hash) {
            if self.hashes.len() == MOST_HASHES {
                self.hashes = self.hashes.chunks(2).map(|two| two.iter().copied().fold(Hash(0), Hash::plus)).collect();
                self.per_hash = self.per_hash.saturating_mul(2);
            }
            // In a block of twice the size it may fit now.
            if self.requests.is_multiple_of(self.per_hash) {
                self.hashes.push(Hash(0));
            }
        }
        if let Some(last) = self.hashes.last_mut() {
            *last = last.plus(hash);
        }
        self.requests += 1;
    }

    /// If this chunk is the last of its block, returns the first chunk of the block and its hash.
    pub(super) fn block_that_ends(&self, index: u64) -> Option<(u64, Hash)> {
        let block = index / self.per_hash;
        let next = block.saturating_add(1).saturating_mul(self.per_hash).min(self.requests);
        let hash = self.hashes.get(usize::try_from(block).ok()?)?;
        (index.checked_add(1) == Some(next)).then_some((block * self.per_hash, *hash))
    }

    fn find_fault(&self) -> Option<&'static str> {
        if self.per_hash < FIRST_BLOCK || !self.per_hash.is_power_of_two() {
            return Some("perHash: no run writes this");
        }
        let hashes = usize::try_from(self.requests.div_ceil(self.per_hash));
        (hashes != Ok(self.hashes.len()) || self.hashes.len() > MOST_HASHES)
            .then_some("hashes: there must be one for each block of requests")
    }
}

/// A hash that is the same in every release and on every machine (FNV-1a, mixed). It protects from mistakes, not from
/// forgery, because a checkpoint belongs to its user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hash(u64);

impl Hash {
    /// The hash of a chunk.
    pub(super) fn of(ref_id: &str, index: u64, destinations: &[String]) -> Self {
        let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
        let mut add = |bytes: &[u8]| {
            for byte in bytes {
                hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
            }
        };
        add(&index.to_le_bytes());
        for text in std::iter::once(ref_id).chain(destinations.iter().map(String::as_str)) {
            add(text.as_bytes());
            // This byte does not occur in UTF-8.
            add(&[0xff]);
        }
        // splitmix64 spreads the bits before they are added.
        let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Self(hash ^ (hash >> 31))
    }

    pub(super) const ZERO: Self = Self(0);

    pub(super) fn plus(self, other: Self) -> Self {
        Self(self.0.wrapping_add(other.0))
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Some JSON readers do not keep all digits of a number.
        serializer.collect_str(&format_args!("{:016x}", self.0))
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let hash = u64::from_str_radix(&text, 16).ok().map(Self).filter(|_| text.len() == 16 && !text.starts_with('+'));
        hash.ok_or_else(|| serde::de::Error::custom("no hash"))
    }
}

/// A set of indexes as ranges: first and last, in order, with gaps between them.
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

    fn overlaps(&self, (first, last): (u64, u64)) -> bool {
        let from = self.0.partition_point(|range| range.1 < first);
        self.0.get(from).is_some_and(|range| range.0 <= last)
    }

    /// Finds a range that is out of order.
    fn find_fault(&self) -> Option<usize> {
        let apart = |a: &(u64, u64), b: &(u64, u64)| a.1.checked_add(1).is_some_and(|next| next < b.0);
        let reversed = self.0.iter().position(|(first, last)| first > last);
        reversed.or_else(|| self.0.windows(2).position(|two| !matches!(two, [a, b] if apart(a, b))).map(|at| at + 1))
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
            prop_assert!(ranges.find_fault().is_none());
            for index in 0..41 {
                prop_assert_eq!(ranges.contains(index), indexes.contains(&index));
            }
            for index in indexes.iter().step_by(2) {
                ranges.remove(*index);
                prop_assert!(ranges.find_fault().is_none() && !ranges.contains(*index));
            }
            let removed: Vec<_> = indexes.iter().step_by(2).collect();
            for index in 0..41 {
                prop_assert_eq!(ranges.contains(index), indexes.contains(&index) && !removed.contains(&&index));
            }
        }
    }

    fn example() -> Checkpoint {
        let mut checkpoint = Checkpoint::new("r\"".to_owned(), 3);
        for index in 0..20 {
            checkpoint.covered.add(Hash::of("r\"", index, &["+46700000001".to_owned()]));
        }
        for index in [0, 1, 2, 7] {
            checkpoint.accepted.insert(index);
        }
        for index in [3, 19] {
            checkpoint.unknown.insert(index);
        }
        checkpoint
    }

    #[test]
    fn a_checkpoint_reads_back_and_a_damaged_one_says_where() {
        let checkpoint = example();
        let json = checkpoint.to_json();
        assert_eq!(Checkpoint::from_json(&json).expect("our own"), checkpoint);
        for (from, to, place) in [
            (r#""version":2"#, r#""version":1"#, "version"),
            ("[[0,2],[7,7]]", "[[2,0]]", "accepted[0]"),
            ("[[0,2],[7,7]]", "[[0,2],[3,7]]", "accepted[1]"),
            ("[[0,2],[7,7]]", "[[0,2],[7,20]]", "accepted[1]"),
            ("[[3,3],[19,19]]", "[[3,3],[7,19]]", "unknown[1]"),
            (r#""destinationsPerRequest":3"#, r#""destinationsPerRequest":0"#, "destinationsPerRequest"),
            (r#""refId":"r\"""#, r#""refId":"""#, "refId"),
            (r#""refId""#, r#""refid""#, "line 1, column 20"),
            (r#""requests":20"#, r#""requests":40"#, "covered: hashes"),
            (r#""perHash":16"#, r#""perHash":17"#, "covered: perHash"),
            (r#""perHash":16"#, r#""perHash":0"#, "covered: perHash"),
            (r#""hashes":[""#, r#""hashes":["+"#, "line 1, column"),
            ("}", "", "line 1, column"),
            (",", ";", "line 1, column 13"),
        ] {
            let changed = json.replace(from, to);
            assert_ne!(changed, json, "{from}");
            let error = Checkpoint::from_json(&changed).expect_err("refused");
            assert_eq!(error.code().as_str(), "invalid_config", "{changed}");
            assert!(error.to_string().contains(place), "{place}: {error}");
        }
        let secret = Checkpoint::from_json(r#"{"version":2,"refId":"r","+46700000001":"+46700000002"}"#);
        assert!(!secret.expect_err("refused").to_string().contains("4670000000"));
    }

    #[test]
    fn hashes_cover_any_number_of_requests_in_little_memory() {
        let hash = |index: u64| Hash::of("r", index, &[format!("+46{index}")]);
        let mut covered = Covered::default();
        for requests in 1..=20_000 {
            covered.add(hash(requests - 1));
            assert!(covered.find_fault().is_none(), "{requests}");
        }
        assert!(covered.per_hash > FIRST_BLOCK);
        let (mut sum, mut blocks) = (Hash::ZERO, 0);
        for index in 0..20_000 {
            sum = sum.plus(hash(index));
            if let Some((first, expected)) = covered.block_that_ends(index) {
                assert_eq!((first / covered.per_hash, sum), (blocks, expected));
                (sum, blocks) = (Hash::ZERO, blocks + 1);
            }
        }
        assert_eq!(Ok(blocks), u64::try_from(covered.hashes.len()));
        assert_eq!(covered.block_that_ends(20_000), None);
    }

    #[test]
    fn a_hash_depends_on_the_run_the_index_and_each_destination() {
        let of = |ref_id, index, to: &[&str]| {
            Hash::of(ref_id, index, &to.iter().map(|to| (*to).to_owned()).collect::<Vec<_>>())
        };
        let base = of("r", 1, &["12", "3"]);
        // This must be the same in every release.
        assert_eq!(base.0, 0x00d9_29f3_c809_8d4a);
        for other in
            [of("s", 1, &["12", "3"]), of("r", 2, &["12", "3"]), of("r", 1, &["1", "23"]), of("r", 1, &["3", "12"])]
        {
            assert_ne!(base, other);
        }
    }
}
