//! The messages, conversations and refused requests that are kept.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde::Serialize;
use serde_json::Value;
use tokio::time::Instant;

use super::query::Query;
use super::views::{ConversationView, MessageView, RequestView};
use super::{Failure, body_of, json_answer, query_of};
use crate::gateway::Gateway;
use crate::record::RecordedRequest;
use crate::store::{self, Direction, Message, Status, bare};

const DEFAULT_LIMIT: usize = 100;
const MAX_LIMIT: usize = 1000;
const MAX_WAIT: Duration = Duration::from_secs(60);
/// A waiting request looks at most this often, however fast messages come.
const LOOK: Duration = Duration::from_millis(10);

#[derive(Serialize)]
struct MessagesView<'a> {
    messages: Vec<MessageView<'a>>,
    more: bool,
    total: usize,
}

#[derive(Serialize)]
struct RequestsView<'a> {
    requests: Vec<RequestView<'a>>,
    more: bool,
    total: usize,
}

#[derive(Serialize)]
struct ConversationsView<'a> {
    conversations: Vec<ConversationView<'a>>,
    more: bool,
    total: usize,
}

pub(super) async fn messages(State(gateway): State<Arc<Gateway>>, request: Request) -> Result<Response, Failure> {
    let mut query = query_of(&gateway, request).await?;
    let (filter, page) = (Filter::of(&mut query)?, Page::of(&mut query)?);
    let details = query.parsed("details")?.unwrap_or(false);
    let wait = query.duration("wait")?.unwrap_or_default();
    let count = query.parsed("count")?.unwrap_or(1);
    query.finish()?;
    if wait > MAX_WAIT {
        return Err("wait is at most 60s".to_owned().into());
    }

    let deadline = Instant::now() + wait;
    let mut changes = gateway.store.watch();
    loop {
        changes.mark_unchanged();
        let answer = gateway.store.read(|state| {
            let matching = state.messages.iter().filter(|message| page.holds(message.id) && filter.matches(message));
            let matching: Vec<_> = matching.collect();
            let total = matching.len();
            if total < count && Instant::now() < deadline {
                return None;
            }
            let view = |message| {
                if details { MessageView::with_details(message, &gateway.options) } else { MessageView::of(message) }
            };
            let messages: Vec<_> = page.choose(matching).map(view).collect();
            Some(json_answer(200, &MessagesView { more: total > messages.len(), total, messages }))
        });
        if let Some(answer) = answer {
            return Ok(answer);
        }
        // Also at the deadline the answer is what matches then.
        let _ = tokio::time::timeout_at(deadline, async {
            let _ = changes.changed().await;
            tokio::time::sleep(LOOK).await;
        })
        .await;
    }
}

pub(super) async fn message(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Failure> {
    body_of(&gateway, request).await?;
    let id = id.parse().unwrap_or_default();
    let answer = gateway.store.read(|state| {
        let message = state.message(id)?;
        Some(json_answer(200, &MessageView::with_details(message, &gateway.options)))
    });
    answer.ok_or(Failure(404, "there is no such message, or it is no longer kept".to_owned()))
}

pub(super) async fn refused(State(gateway): State<Arc<Gateway>>, request: Request) -> Result<Response, Failure> {
    let mut query = query_of(&gateway, request).await?;
    let page = Page::of(&mut query)?;
    let (reason, search) = (query.text("reason"), query.text("search").map(|text| text.to_lowercase()));
    query.finish()?;
    Ok(gateway.store.read(|state| {
        let matches = |request: &&RecordedRequest| {
            page.holds(request.id)
                && reason.as_ref().is_none_or(|reason| request.reason == Some(reason))
                && search.as_ref().is_none_or(|search| contains(&request.text(), search))
        };
        let matching: Vec<_> = state.refused.iter().map(|(_, request)| &**request).filter(matches).collect();
        let total = matching.len();
        let requests = page.choose(matching);
        let requests: Vec<_> = requests.map(|request| RequestView::of(request, &gateway.options)).collect();
        json_answer(200, &RequestsView { more: total > requests.len(), total, requests })
    }))
}

pub(super) async fn conversations(State(gateway): State<Arc<Gateway>>, request: Request) -> Result<Response, Failure> {
    let mut query = query_of(&gateway, request).await?;
    let search = query.text("search").map(|text| text.to_lowercase());
    let limit = limit(&mut query)?;
    let offset: usize = query.parsed("offset")?.unwrap_or(0);
    query.finish()?;
    Ok(gateway.store.read(|state| {
        let all = state.conversations.newest_first();
        let found = search.as_deref().map(|search| conversations_with(state, search));
        let is_found = |id: &str| {
            let is_named = search.as_deref().is_some_and(|search| contains(id, bare(search)));
            is_named || found.as_ref().is_none_or(|found| found.contains(id))
        };
        let matching: Vec<_> = all.into_iter().filter(|(id, _)| is_found(id)).collect();
        let total = matching.len();
        let shown = matching.into_iter().skip(offset).take(limit).filter_map(|(id, conversation)| {
            let last = state.message(conversation.last_message)?;
            Some(ConversationView::of(state, id, conversation.messages, last))
        });
        let conversations: Vec<_> = shown.collect();
        let more = offset + conversations.len() < total;
        json_answer(200, &ConversationsView { conversations, more, total })
    }))
}

/// The conversations with a message that has the text.
fn conversations_with<'a>(state: &'a store::State, search: &str) -> HashSet<&'a str> {
    let matching = state.messages.iter().filter(|message| has_text(message, search));
    matching.filter_map(|message| message.conversation.as_deref()).collect()
}

fn has_text(message: &Message, search: &str) -> bool {
    let names = [message.ref_id(), message.user.as_deref()];
    names.into_iter().flatten().any(|text| contains(text, search))
        || match serde_json::from_str(&message.content) {
            Ok(content) => content_has_text(&content, search),
            // What a raw callback carries need be no JSON.
            Err(_) => contains(&message.content, search),
        }
}

/// Whether a string of the content has the text. Types are no texts.
fn content_has_text(content: &Value, search: &str) -> bool {
    match content {
        Value::String(text) => contains(text, search),
        Value::Array(items) => items.iter().any(|item| content_has_text(item, search)),
        Value::Object(members) => members
            .iter()
            .any(|(name, value)| !matches!(name.as_str(), "type" | "contentType") && content_has_text(value, search)),
        _ => false,
    }
}

fn contains(text: &str, lower: &str) -> bool {
    text.to_lowercase().contains(lower)
}

/// Which part of what matches is shown: always in ascending order.
struct Page {
    after: Option<u64>,
    before: Option<u64>,
    newest: bool,
    limit: usize,
}

impl Page {
    fn of(query: &mut Query) -> Result<Self, String> {
        Ok(Self {
            after: query.parsed("after")?,
            before: query.parsed("before")?,
            newest: query.parsed("newest")?.unwrap_or(false),
            limit: limit(query)?,
        })
    }

    fn holds(&self, id: u64) -> bool {
        self.after.is_none_or(|after| id > after) && self.before.is_none_or(|before| id < before)
    }

    fn choose<T>(&self, matching: Vec<T>) -> impl Iterator<Item = T> {
        let skipped = if self.newest { matching.len().saturating_sub(self.limit) } else { 0 };
        matching.into_iter().skip(skipped).take(self.limit)
    }
}

fn limit(query: &mut Query) -> Result<usize, String> {
    let limit = query.parsed("limit")?.unwrap_or(DEFAULT_LIMIT);
    if (1..=MAX_LIMIT).contains(&limit) { Ok(limit) } else { Err(format!("limit is 1 to {MAX_LIMIT}")) }
}

#[derive(Default)]
struct Filter {
    to: Option<String>,
    from: Option<String>,
    user: Option<String>,
    business: Option<String>,
    conversation: Option<String>,
    ref_id: Option<String>,
    message_id: Option<String>,
    kind: Option<String>,
    status: Option<Status>,
    direction: Option<Direction>,
    search: Option<String>,
}

impl Filter {
    fn of(query: &mut Query) -> Result<Self, String> {
        let status = query
            .text("status")
            .map(|word| Status::of_word(&word).ok_or_else(|| format!("there is no status {word:?}")));
        let direction = query.text("direction").map(|word| {
            let known = [Direction::Outbound, Direction::Inbound].into_iter().find(|known| known.word() == word);
            known.ok_or_else(|| format!("there is no direction {word:?}"))
        });
        Ok(Self {
            to: query.number("to"),
            from: query.number("from"),
            user: query.number("user"),
            business: query.number("business"),
            conversation: query.text("conversation"),
            ref_id: query.text("refId"),
            message_id: query.text("messageId"),
            kind: query.text("type"),
            status: status.transpose()?,
            direction: direction.transpose()?,
            search: query.text("search").map(|text| text.to_lowercase()),
        })
    }

    fn matches(&self, message: &Message) -> bool {
        let (user, business) = (message.user.as_deref().map(bare), Some(bare(&message.business)));
        let (to, from) = match message.direction {
            Direction::Outbound => (user, business),
            Direction::Inbound => (business, user),
        };
        let is = |expected: &Option<String>, actual: Option<&str>| {
            expected.as_deref().is_none_or(|expected| actual == Some(expected))
        };
        is(&self.to, to)
            && is(&self.from, from)
            && is(&self.user, user)
            && is(&self.business, business)
            && is(&self.conversation, message.conversation.as_deref())
            && is(&self.ref_id, message.ref_id())
            && is(&self.message_id, Some(&message.wire_id))
            && is(&self.kind, Some(&message.kind))
            && self.status.is_none_or(|status| message.status == status)
            && self.direction.is_none_or(|direction| message.direction == direction)
            && self.search.as_deref().is_none_or(|search| has_text(message, search))
    }
}
