//! Everything that this crate declares about its messages, options, settings and callback objects, as data.
//!
//! The example `declarations` prints it as JSON, and the generators of the other languages' type files read that.

use serde::Serialize;

use crate::callback::CALLBACKS;
use crate::config::SETTINGS;
use crate::message::MESSAGES;
use crate::observer::{EVENT, EVENT_WORDS};
use crate::options::OPTIONS;

pub use crate::declared::{Declared, Field, Kind, Message, Object, Setting, Word, Words};

/// Every option of a send.
pub fn options() -> &'static [Field] {
    OPTIONS
}

/// Every setting of a client.
pub fn settings() -> &'static [Setting] {
    SETTINGS
}

/// Every field of an event.
pub fn event() -> &'static [Field] {
    EVENT
}

/// Every object that a callback can be, the event report first.
pub fn callbacks() -> &'static [&'static Object] {
    &CALLBACKS
}

/// Everything that is declared.
#[derive(Debug, Serialize)]
pub struct Declarations {
    messages: &'static [Message],
    options: &'static [Field],
    settings: &'static [Setting],
    callbacks: &'static [&'static Object],
    /// The fields of an event.
    event: &'static [Field],
    /// The words that only events have.
    event_words: Vec<&'static Words>,
    /// Every object of the messages and callbacks, each once.
    objects: Vec<&'static Object>,
    /// Every enumeration, each once.
    words: Vec<&'static Words>,
}

/// Collects everything that is declared.
pub fn declarations() -> Declarations {
    let mut all = Declarations {
        messages: MESSAGES,
        options: OPTIONS,
        settings: SETTINGS,
        callbacks: &CALLBACKS,
        event: EVENT,
        event_words: Vec::new(),
        objects: Vec::new(),
        words: Vec::new(),
    };
    let message_fields = MESSAGES.iter().flat_map(|message| message.fields);
    let settings = SETTINGS.iter().map(|setting| &setting.field);
    for field in message_fields.chain(OPTIONS).chain(settings) {
        all.add(field.kind);
    }
    for kind in EVENT_WORDS {
        if let Kind::Word(words) = kind {
            all.event_words.push(words);
        }
    }
    for object in CALLBACKS {
        all.add(Kind::Object(object));
    }
    all
}

impl Declarations {
    fn add(&mut self, kind: Kind) {
        match kind {
            Kind::Object(object) if self.objects.iter().all(|known| known.name != object.name) => {
                self.objects.push(object);
                object.fields.iter().for_each(|field| self.add(field.kind));
            }
            Kind::Word(words) if self.words.iter().all(|known| known.name != words.name) => self.words.push(words),
            Kind::List(item) => self.add(*item),
            Kind::OneOf(kinds) => kinds.iter().for_each(|kind| self.add(*kind)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, NamedValue, SendOptions, SetError};

    /// The generators look up objects and words by name.
    #[test]
    fn each_name_is_declared_once() {
        let all = declarations();
        let names = all.objects.iter().map(|object| object.name).chain(all.words.iter().map(|words| words.name));
        let mut names: Vec<_> = names.collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
        for expected in ["Image", "Contact", "HeaderComponent", "DateTime", "Priority", "Region"] {
            assert!(names.contains(&expected), "{expected}: {names:?}");
        }
    }

    #[test]
    fn every_declaration_has_a_text() {
        let all = declarations();
        let fields = all.objects.iter().flat_map(|object| object.fields);
        let fields = fields.chain(OPTIONS).chain(SETTINGS.iter().map(|setting| &setting.field));
        let docs = fields.map(|field| (field.name, field.doc));
        let docs = docs.chain(all.objects.iter().map(|object| (object.name, object.doc)));
        let docs = docs.chain(MESSAGES.iter().map(|message| (message.verb, message.doc)));
        for (name, doc) in docs.chain(MESSAGES.iter().map(|message| (message.object, message.about))) {
            assert!(!doc.trim().is_empty(), "{name}");
        }
    }

    fn value(kind: Kind) -> NamedValue {
        match kind {
            Kind::Bool => NamedValue::Flag(true),
            Kind::Integer => NamedValue::Count(1),
            Kind::Duration => NamedValue::Duration(std::time::Duration::from_secs(1)),
            Kind::StringMap => NamedValue::Map(vec![("key".into(), "value".into())]),
            Kind::List(_) => NamedValue::Texts(vec!["gate".into()]),
            Kind::Path => NamedValue::Path("file".into()),
            Kind::Word(words) => NamedValue::Text(words.values[0].word.into()),
            _ => NamedValue::Text("text".into()),
        }
    }

    /// Each is set to a value other than its default.
    #[test]
    fn each_option_and_setting_is_set_by_its_name() {
        let config = || Config::with_base_url("", "", "");
        for Setting { field: Field { name, kind, .. }, .. } in SETTINGS {
            let changed = config().set(name, value(*kind)).expect(name);
            let is_secret = *name == "password";
            let is_default = format!("{changed:?}") == format!("{:?}", config());
            assert_eq!(is_default, is_secret, "{name}");
        }
        for Field { name, kind, .. } in OPTIONS {
            let mut options = SendOptions::new();
            options.set(name, value(*kind)).expect(name);
            assert_ne!(options, SendOptions::new(), "{name}");
        }
    }

    #[test]
    fn an_unknown_name_suggests_the_nearest_and_a_wrong_kind_or_word_is_refused() {
        let mut options = SendOptions::new();
        let text = || NamedValue::Text("text".into());
        for (name, value, expected) in [
            ("refid", text(), SetError::Unknown(Some("ref_id"))),
            ("prioritty", text(), SetError::Unknown(Some("priority"))),
            ("zoo", text(), SetError::Unknown(None)),
            ("timeout", text(), SetError::Kind),
            ("ref_id", NamedValue::Flag(true), SetError::Kind),
        ] {
            assert_eq!(options.set(name, value), Err(expected), "{name}");
        }
        assert!(matches!(options.set("priority", text()), Err(SetError::Value(_))));
        assert_eq!(options, SendOptions::new());
        let config = || Config::with_base_url("", "", "");
        assert_eq!(config().set("baseurl", text()).err(), Some(SetError::Unknown(Some("base_url"))));
        assert_eq!(config().set("strict", text()).err(), Some(SetError::Kind));
        assert!(matches!(config().set("region", text()), Err(SetError::Config(_))));
    }
}
