//! What changes, as server-sent events.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use hyper::body::Frame;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use serde::Serialize;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::Instant;

use super::views::{MessageView, RequestView};
use super::{Failure, query_of, status_of};
use crate::gateway::Gateway;

/// The pause between two looks, so that a burst of changes is one event for each item.
const PAUSE: Duration = Duration::from_millis(50);
/// At most this many items at a time, so that others can use the store between them.
const AT_A_TIME: usize = 100;
/// Without changes a comment keeps the connection, and shows that the reader is still there.
const IDLE: Duration = Duration::from_secs(15);
/// The status is sent at most this often.
const STATUS: Duration = Duration::from_millis(250);

pub(super) async fn events(State(gateway): State<Arc<Gateway>>, request: Request) -> Result<Response, Failure> {
    let last = request.headers().get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let mut query = query_of(&gateway, request).await?;
    let since = query.parsed("since")?;
    query.finish()?;
    let now = gateway.store.read(|state| state.revision);

    let (sender, receiver) = mpsc::channel(1);
    let reader = Reader {
        gateway,
        sender,
        seen: last.or(since).unwrap_or(now),
        status: String::new(),
        next_status: Instant::now(),
    };
    tokio::spawn(reader.run());
    let mut response = Response::new(Body::new(Events(receiver)));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// One connection of a reader.
struct Reader {
    gateway: Arc<Gateway>,
    sender: Sender<Bytes>,
    /// All changes up to this revision are sent.
    seen: u64,
    /// As it was sent last.
    status: String,
    next_status: Instant,
}

impl Reader {
    /// Runs until the reader is gone.
    async fn run(mut self) {
        let mut changes = self.gateway.store.watch();
        let mut idle = Instant::now() + IDLE;
        loop {
            changes.mark_unchanged();
            let mut text = self.status_event();
            text.push_str(&self.next_events());
            let is_behind = self.seen < self.gateway.store.read(|state| state.revision);
            if text.is_empty() && Instant::now() >= idle {
                text.push_str(": nothing new\n\n");
            }
            if !text.is_empty() {
                idle = Instant::now() + IDLE;
                if self.sender.send(text.into()).await.is_err() {
                    return;
                }
            }
            if is_behind {
                continue;
            }
            tokio::select! {
                () = self.sender.closed() => return,
                _ = changes.changed() => tokio::time::sleep(PAUSE).await,
                () = tokio::time::sleep(STATUS) => {}
            }
        }
    }

    fn status_event(&mut self) -> String {
        if Instant::now() < self.next_status {
            return String::new();
        }
        self.next_status = Instant::now() + STATUS;
        let status = status_of(&self.gateway).to_string();
        if status == self.status {
            return String::new();
        }
        self.status = status;
        format!("event: status\ndata: {}\n\n", self.status)
    }

    /// The next changes in their order, each item as it is now.
    fn next_events(&mut self) -> String {
        let options = &self.gateway.options;
        self.gateway.store.read(|state| {
            let mut text = String::new();
            // A revision from the future is of another sandbox that had this address before.
            if self.seen < state.reset || self.seen > state.revision {
                self.seen = state.reset;
                text.push_str(&event("reset", state.reset, &serde_json::json!({})));
            }
            let messages = state.changed_after(self.seen).take(AT_A_TIME);
            let messages = messages
                .map(|message| (message.revision, event("message", message.revision, &MessageView::of(message))));
            let refused = state.refused_after(self.seen).take(AT_A_TIME);
            let refused = refused.map(|(revision, request)| {
                (*revision, event("refused", *revision, &RequestView::of(request, options)))
            });
            let mut events: Vec<(u64, String)> = messages.chain(refused).collect();
            events.sort_unstable_by_key(|(revision, _)| *revision);
            events.truncate(AT_A_TIME);
            self.seen = match events.last() {
                Some((revision, _)) if events.len() == AT_A_TIME => *revision,
                _ => state.revision,
            };
            text.extend(events.into_iter().map(|(_, event)| event));
            text
        })
    }
}

fn event(name: &str, revision: u64, data: &impl Serialize) -> String {
    let data = serde_json::to_string(data).unwrap_or_default();
    // A line break in JSON stands between two tokens, and would end the data.
    let data = data.replace(['\n', '\r'], " ");
    format!("event: {name}\nid: {revision}\ndata: {data}\n\n")
}

struct Events(Receiver<Bytes>);

impl hyper::body::Body for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}
