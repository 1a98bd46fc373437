//! Callbacks: each is handled once, event reports move messages and settle sends, messages of users open care windows.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use super::script::{Reply, Row, Script, Step};
use super::sends::{Proof, prove};
use super::statement::{Statement, Tables};
use super::{Scripts, before, millis, now, time};
use crate::callback::{Callback, EventReport, Evidence, MessageState, ReceivedMessage, care_window, push_part};

/// The claims that an outbox has made, by the keys of their callbacks: so it does not release a claim that another process
/// made after the end of its own.
#[derive(Clone, Debug, Default)]
pub(super) struct Claims(Arc<Mutex<HashMap<String, Claim>>>);

#[derive(Debug)]
struct Claim {
    until: i64,
    /// Whether the callback was recorded. If that transaction failed, the claim can still be released.
    is_applied: bool,
}

impl Claims {
    /// From this number on, claims that are not needed any more are dropped: the callback was recorded, or the handler was
    /// interrupted.
    const MANY: usize = 1000;

    fn add(&self, key: String, until: i64) {
        let mut claims = self.lock();
        if claims.len() >= Self::MANY {
            let now = now();
            claims.retain(|_, claim| !claim.is_applied && claim.until > now);
        }
        claims.insert(key, Claim { until, is_applied: false });
    }

    fn apply(&self, key: &str) {
        if let Some(claim) = self.lock().get_mut(key) {
            claim.is_applied = true;
        }
    }

    /// Forgets a claim, and returns when it ends.
    fn take(&self, key: &str) -> Option<i64> {
        self.lock().remove(key).map(|claim| claim.until)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Claim>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Scripts {
    /// Records a callback and what it says. The reply is `New`, or `Seen` if it was recorded before: then nothing changes.
    pub fn apply(&self, callback: &Callback) -> Script {
        // A claim of the same callback ends here.
        let text = "INSERT INTO {p}callbacks (key, claimed_until, changed_at) VALUES (?, NULL, ?) ON CONFLICT (key) DO UPDATE \
            SET claimed_until = NULL, changed_at = ? WHERE {p}callbacks.claimed_until IS NOT NULL";
        let (key, now) = (callback.key(), now());
        let insert = self.tables.change(text, vec![key.as_str().into(), now.into(), now.into()]);
        let (tables, claims) = (self.tables.clone(), self.claims.clone());
        let rest = match callback {
            Callback::EventReport(report) => Effect::of_report(report),
            Callback::ReceivedMessage(message) => Effect::Windows(windows(&tables, message)),
        };
        Script::new(Step::ask(insert, move |answer| {
            claims.apply(&key);
            if answer.changed == 0 {
                return Ok(Step::End(Reply::Seen));
            }
            match rest {
                Effect::Report(report) => Ok(report.apply(tables)),
                Effect::Windows(mut statements) => Ok(match statements.pop_back() {
                    None => Step::End(Reply::New),
                    Some(last) => Step::after(statements, last, |_| Ok(Step::End(Reply::New))),
                }),
            }
        }))
    }

    /// Claims a callback for a handler, which has `lease` to handle it and to [`apply`](Self::apply) it. The reply is `New`;
    /// `Seen` if it was applied before; `Busy` if another handler has it.
    pub fn claim(&self, callback: &Callback, lease: Duration) -> Script {
        let key = callback.key();
        let now = now();
        let until = now.saturating_add(i64::try_from(lease.as_millis()).unwrap_or(i64::MAX));
        let text = "INSERT INTO {p}callbacks (key, claimed_until, changed_at) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE \
            SET claimed_until = ?, changed_at = ? WHERE {p}callbacks.claimed_until <= ?";
        let values = vec![key.as_str().into(), until.into(), now.into(), until.into(), now.into(), now.into()];
        let query =
            self.tables.query("SELECT claimed_until FROM {p}callbacks WHERE key = ?", vec![key.as_str().into()]);
        let claims = self.claims.clone();
        Script::new(Step::ask(self.tables.change(text, values), move |answer| {
            if answer.changed > 0 {
                claims.add(key, until);
                return Ok(Step::End(Reply::New));
            }
            Ok(Step::ask(query, |answer| match answer.row().map(|mut row| row.optional_integer()).transpose()? {
                Some(None) => Ok(Step::End(Reply::Seen)),
                _ => Ok(Step::End(Reply::Busy)),
            }))
        }))
    }

    /// Gives up a claim, because the handler failed. One that another process made meanwhile stays.
    pub fn release(&self, callback: &Callback) -> Script {
        let key = callback.key();
        let delete = if let Some(until) = self.claims.take(&key) {
            let text = "DELETE FROM {p}callbacks WHERE key = ? AND claimed_until = ?";
            self.tables.change(text, vec![key.into(), until.into()])
        } else {
            // Another outbox of this program made it.
            let text = "DELETE FROM {p}callbacks WHERE key = ? AND claimed_until IS NOT NULL";
            self.tables.change(text, vec![key.into()])
        };
        Script::new(Step::end(delete, Reply::Done))
    }

    /// The care window of a user: by the number or id that their messages name, and by the account's number that they wrote
    /// to, if it is given.
    pub fn window(&self, user: &str, business: Option<&str>) -> Script {
        let text = "SELECT MAX(last_inbound) FROM {p}windows WHERE user_name = ? AND business = ?";
        let any = "SELECT MAX(last_inbound) FROM {p}windows WHERE user_name = ?";
        let user = plain(user).into();
        let query = match business {
            Some(business) => self.tables.query(text, vec![user, plain(business).into()]),
            None => self.tables.query(any, vec![user]),
        };
        Script::new(Step::ask(query, |answer| {
            let last = answer.row().map(|mut row| row.optional_integer()).transpose()?.flatten();
            let window = last.map(|last| care_window(time(last), SystemTime::now()));
            Ok(Step::End(Reply::Window(window)))
        }))
    }

    /// Deletes what has not changed for this long: sends that were accepted, rejected or invalid, message states, callbacks
    /// and care windows. What is in doubt or waits to be sent stays. The reply has the number of deleted sends.
    pub fn prune(&self, older_than: Duration) -> Script {
        let since = before(older_than);
        let delete = |text| self.tables.change(text, vec![since.into()]);
        let others = VecDeque::from([
            delete("DELETE FROM {p}messages WHERE changed_at < ?"),
            delete("DELETE FROM {p}callbacks WHERE changed_at < ?"),
            delete("DELETE FROM {p}windows WHERE last_inbound < ?"),
        ]);
        let sends =
            delete("DELETE FROM {p}sends WHERE state IN ('accepted', 'rejected', 'invalid') AND changed_at < ?");
        Script::new(Step::after(others, sends, |answer| Ok(Step::End(Reply::Count(answer.changed)))))
    }
}

enum Effect {
    Report(Box<ReportEffect>),
    Windows(VecDeque<Statement>),
}

/// What an event report changes.
struct ReportEffect {
    subject: String,
    ref_id: Option<String>,
    event: EventReport,
    proof: Option<Proof>,
}

impl Effect {
    fn of_report(report: &EventReport) -> Self {
        let ref_id = report.ref_id().filter(|id| !id.is_empty()).map(str::to_owned);
        let message_id = report.message_id().filter(|id| !id.is_empty());
        // A report without a message id is about its request.
        let mut subject = String::from(if message_id.is_some() { "message:" } else { "request:" });
        push_part(&mut subject, message_id.or(ref_id.as_deref()));
        if let (Some(_), Some(index)) = (message_id, report.message_index()) {
            subject.push_str(&format!(":{index}"));
        }
        let proof = Evidence::of(report).map(|evidence| match evidence {
            // A message that failed was accepted before.
            Evidence::Accepted | Evidence::MessageFailed => Proof::Accepted,
            Evidence::Failed => Proof::Failed,
        });
        Self::Report(Box::new(ReportEffect { subject, ref_id, event: report.clone(), proof }))
    }
}

impl ReportEffect {
    /// Inserts the state, or merges it into that of earlier reports.
    fn apply(self, tables: Tables) -> Step {
        if self.ref_id.is_none() && self.event.message_id().is_none_or(str::is_empty) {
            return Step::End(Reply::New);
        }
        let text = "INSERT INTO {p}messages (subject, ref_id, state, changed_at) VALUES (?, ?, ?, ?) \
            ON CONFLICT (subject) DO NOTHING";
        let first = MessageState::default().after(&self.event);
        let values =
            vec![self.subject.as_str().into(), self.ref_id.clone().into(), first.to_json().into(), now().into()];
        Step::ask(tables.change(text, values), move |answer| {
            if answer.changed > 0 {
                return Ok(self.prove(tables));
            }
            let query = "SELECT state FROM {p}messages WHERE subject = ?{lock}";
            Ok(Step::ask(tables.query(query, vec![self.subject.as_str().into()]), move |answer| {
                let before = answer.row().map(|mut row: Row| row.text()).transpose()?;
                let before = before.map(|json| MessageState::from_json(&json)).transpose()?.unwrap_or_default();
                let after = before.after(&self.event);
                if !after.changed() {
                    return Ok(self.prove(tables));
                }
                let text = "UPDATE {p}messages SET state = ?, ref_id = ?, changed_at = ? WHERE subject = ?";
                let values =
                    vec![after.to_json().into(), after.ref_id().into(), now().into(), self.subject.as_str().into()];
                Ok(Step::ask(tables.change(text, values), move |_| Ok(self.prove(tables))))
            }))
        })
    }

    fn prove(self, tables: Tables) -> Step {
        let (Some(ref_id), Some(proof)) = (self.ref_id, self.proof) else { return Step::End(Reply::New) };
        let code = self.event.result_code().number();
        let message_id = self.event.message_id().filter(|id| !id.is_empty()).map(str::to_owned);
        let description = self.event.result_description().map(str::to_owned);
        prove(tables, ref_id, proof, (code, message_id, description))
    }
}

/// Notes when a user last wrote, under each name that the message has for them.
fn windows(tables: &Tables, message: &ReceivedMessage) -> VecDeque<Statement> {
    let text = "INSERT INTO {p}windows (user_name, business, last_inbound) VALUES (?, ?, ?) \
        ON CONFLICT (user_name, business) DO UPDATE SET last_inbound = excluded.last_inbound \
        WHERE {p}windows.last_inbound < excluded.last_inbound";
    let Some(at) = message.provider_timestamp().or_else(|| message.timestamp()) else { return VecDeque::new() };
    let business = plain(message.destination().unwrap_or_default());
    let source = message.source().filter(|source| !source.is_empty());
    let names = [source, message.user_id().filter(|id| Some(*id) != source)];
    let at = millis(at.into());
    names
        .into_iter()
        .flatten()
        .map(|name| tables.change(text, vec![plain(name).into(), business.into(), at.into()]))
        .collect()
}

/// A number without its plus sign, which callers may leave out.
fn plain(name: &str) -> &str {
    name.strip_prefix('+').unwrap_or(name)
}
