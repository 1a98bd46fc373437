//! What came in, and what is still to go out; others can wait for both.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use crate::judge::Violation;

/// A request as it was received, whatever became of it.
///
/// Its `Debug` form shows neither header values (a password is among them) nor the body.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// Increases by one with each request.
    pub id: u64,
    /// The method: `POST`.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Names in lower case, with their values, in the order received; a name that stands
    /// several times has its values together.
    pub headers: Vec<(String, String)>,
    /// The body as far as it came, and at most the limit for bodies.
    pub body: Vec<u8>,
    /// When its head had been read.
    pub received_at: SystemTime,
    /// Whether the whole body came, and was within the limit.
    pub body_complete: bool,
    /// The status answered; none when the connection was closed or left without an answer.
    pub status: Option<u16>,
    /// The `refId` of a request that is valid.
    pub ref_id: Option<String>,
    /// Why the request was not accepted: `credentials`, `invalid`, `path`, `method`, `tooLong`, `tooSlow`, `brokenOff`, `scenario`
    /// or `rate`. None when it was accepted.
    pub reason: Option<&'static str>,
    /// The violations of an invalid request, at most 100.
    pub findings: Vec<Violation>,
    /// The body answered. It may not have reached the client whole.
    pub answer: Vec<u8>,
}

impl RecordedRequest {
    /// The first value of a header, whose name may be in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// The body as text; what is not UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Item for RecordedRequest {
    fn size(&self) -> usize {
        let findings =
            self.findings.iter().map(|finding| size_of::<Violation>() + finding.path.len() + finding.message.len());
        item_size(&self.headers, &self.path, &self.body) + self.answer.len() + findings.sum::<usize>()
    }
}

impl<T: Item> Item for Arc<T> {
    fn size(&self) -> usize {
        T::size(self)
    }
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("RecordedRequest")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("headers", &names)
            .field("body_bytes", &self.body.len())
            .field("body_complete", &self.body_complete)
            .field("status", &self.status)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

pub(crate) fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

pub(crate) fn headers(map: &hyper::HeaderMap) -> Vec<(String, String)> {
    map.iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        })
        .collect()
}

/// What a [`Shelf`] keeps.
pub(crate) trait Item: Clone {
    /// About how many bytes it takes.
    fn size(&self) -> usize;
}

pub(crate) fn item_size(headers: &[(String, String)], path: &str, body: &[u8]) -> usize {
    const REST: usize = 256;
    let headers = headers.iter().map(|(name, value)| name.len() + value.len() + size_of::<(String, String)>());
    REST + path.len() + body.len() + headers.sum::<usize>()
}

/// A list that others can wait on: the newest are kept, up to a number and a size, and all are counted.
pub(crate) struct Shelf<T> {
    kept: Mutex<Entries<T>>,
    changed: Condvar,
    limits: Limits,
}

/// What a [`Shelf`] keeps at most. The newest item is kept, however large it is.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) items: usize,
    pub(crate) bytes: usize,
}

struct Entries<T> {
    items: VecDeque<T>,
    bytes: usize,
    count: usize,
}

impl<T: Item> Shelf<T> {
    pub(crate) fn new(limits: Limits) -> Arc<Self> {
        let kept = Mutex::new(Entries { items: VecDeque::new(), bytes: 0, count: 0 });
        Arc::new(Self { kept, changed: Condvar::new(), limits })
    }

    pub(crate) fn push(&self, item: T) {
        let mut kept = self.lock();
        kept.bytes += item.size();
        kept.items.push_back(item);
        kept.count += 1;
        let Limits { items, bytes } = self.limits;
        while kept.items.len() > items || (kept.bytes > bytes && kept.items.len() > 1) {
            let Some(oldest) = kept.items.pop_front() else { break };
            kept.bytes -= oldest.size();
        }
        drop(kept);
        self.changed.notify_all();
    }

    /// How many are kept.
    pub(crate) fn len(&self) -> usize {
        self.lock().items.len()
    }

    pub(crate) fn all(&self) -> Vec<T> {
        self.lock().items.iter().cloned().collect()
    }

    /// How many came since the last clearing.
    pub(crate) fn count(&self) -> usize {
        self.lock().count
    }

    pub(crate) fn clear(&self) {
        let mut kept = self.lock();
        kept.items.clear();
        kept.bytes = 0;
        kept.count = 0;
    }

    /// Whether that many have come, at the latest when the time is over.
    pub(crate) fn wait_for(&self, count: usize, timeout: Duration) -> bool {
        wait(&self.changed, self.lock(), timeout, |kept| kept.count >= count)
    }

    fn lock(&self) -> MutexGuard<'_, Entries<T>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many callbacks are not yet delivered or given up.
#[derive(Clone, Default)]
pub(crate) struct Pending(Arc<(Mutex<usize>, Condvar)>);

impl Pending {
    /// Counts that many more, each until its guard is dropped; unless there would be more than the limit.
    pub(crate) fn more(&self, count: usize, limit: usize) -> Option<Vec<PendingGuard>> {
        let mut pending = self.lock();
        let all = pending.checked_add(count).filter(|all| *all <= limit)?;
        *pending = all;
        drop(pending);
        Some((0..count).map(|_| PendingGuard(self.clone())).collect())
    }

    pub(crate) fn count(&self) -> usize {
        *self.lock()
    }

    pub(crate) fn wait_idle(&self, timeout: Duration) -> bool {
        wait(&self.0.1, self.lock(), timeout, |count| *count == 0)
    }

    fn lock(&self) -> MutexGuard<'_, usize> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) struct PendingGuard(Pending);

impl Drop for PendingGuard {
    fn drop(&mut self) {
        *self.0.lock() -= 1;
        self.0.0.1.notify_all();
    }
}

fn wait<T>(changed: &Condvar, mut guard: MutexGuard<'_, T>, timeout: Duration, done: impl Fn(&T) -> bool) -> bool {
    let start = Instant::now();
    while !done(&guard) {
        let Some(left) = timeout.checked_sub(start.elapsed()).filter(|left| !left.is_zero()) else {
            return false;
        };
        guard = changed.wait_timeout(guard, left).unwrap_or_else(PoisonError::into_inner).0;
    }
    true
}
