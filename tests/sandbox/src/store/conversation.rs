//! Conversations between a user and a business number, and their customer care windows.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use super::Message;

/// The customer care window: how long other messages than templates may be sent after the user wrote.
const WINDOW: Duration = Duration::from_secs(24 * 3600);

#[derive(Default)]
pub(crate) struct Conversations {
    all: BTreeMap<String, Conversation>,
    /// When the user of a conversation wrote last. It outlives the messages that are kept.
    last_written: BTreeMap<String, SystemTime>,
}

/// What is known of a conversation whose messages are kept.
pub(crate) struct Conversation {
    pub(crate) messages: usize,
    pub(crate) last_message: u64,
}

/// A number without its plus sign, as numbers are compared.
pub(crate) fn bare(number: &str) -> &str {
    number.strip_prefix('+').unwrap_or(number)
}

pub(crate) fn conversation_id(business: &str, user: &str) -> String {
    format!("{}:{}", bare(business), bare(user))
}

impl Conversations {
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// Newest first.
    pub(crate) fn newest_first(&self) -> Vec<(&str, &Conversation)> {
        let mut all: Vec<_> = self.all.iter().map(|(id, conversation)| (id.as_str(), conversation)).collect();
        all.sort_unstable_by_key(|(_, conversation)| std::cmp::Reverse(conversation.last_message));
        all
    }

    /// Until when the window is or was open; none if the user never wrote.
    pub(crate) fn window_until(&self, id: &str) -> Option<SystemTime> {
        self.last_written.get(id).map(|written| *written + WINDOW)
    }

    pub(crate) fn is_window_open(&self, id: &str, at: SystemTime) -> bool {
        self.window_until(id).is_some_and(|until| at < until)
    }

    pub(super) fn open_window(&mut self, id: &str, at: SystemTime, keep: usize) {
        self.last_written.insert(id.to_owned(), at);
        if self.last_written.len() > keep {
            let oldest = self.last_written.iter().min_by_key(|(_, written)| **written).map(|(id, _)| id.clone());
            oldest.and_then(|oldest| self.last_written.remove(&oldest));
        }
    }

    pub(super) fn count(&mut self, message: &Message) {
        let Some(id) = &message.conversation else { return };
        let conversation = self.all.entry(id.clone()).or_insert(Conversation { messages: 0, last_message: message.id });
        conversation.messages += 1;
        conversation.last_message = message.id;
    }

    pub(super) fn uncount(&mut self, message: &Message) {
        let Some(id) = &message.conversation else { return };
        if let Some(conversation) = self.all.get_mut(id) {
            conversation.messages -= 1;
            if conversation.messages == 0 {
                self.all.remove(id);
            }
        }
    }
}
