//! Messages that came as JSON.

use super::{Kind, Message};
use crate::error::Error;
use crate::finding::{Findings, Path};
use crate::json::Value;
use crate::request::scan_given;
use crate::wire::Read;

/// A message with findings in it: its text is read again wherever it stands, so that they name their place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct JsonMessage {
    text: Vec<u8>,
    message: Option<Message>,
}

/// Reads a message. One without findings is as good as one that was never JSON.
pub(super) fn read(text: &[u8]) -> Result<Message, Error> {
    let doc = scan_given(text).map_err(|finding| Error::invalid_request(vec![finding], None))?;
    let mut findings = Findings::default();
    let message = read_at(doc.root(), &Path::root(Some(doc.root())), &mut findings);
    match message {
        Some(message) if findings.finish().is_empty() => Ok(message),
        message => Ok(Message(Kind::Json(Box::new(JsonMessage { text: text.to_vec(), message })))),
    }
}

fn read_at(value: Value<'_>, path: &Path<'_>, findings: &mut Findings) -> Option<Message> {
    let message = Message::read(value, path, findings)?;
    message.check(path, findings);
    Some(message)
}

impl JsonMessage {
    /// What it was read as, if it could be read at all.
    pub(super) fn message(&self) -> Option<&Message> {
        self.message.as_ref()
    }

    pub(super) fn check(&self, path: &Path<'_>, findings: &mut Findings) {
        // It was scanned before, or it would not be here.
        let Ok(doc) = scan_given(&self.text) else { return };
        let mut found = Findings::default();
        read_at(doc.root(), &path.of(doc.root()), &mut found);
        findings.extend(found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Finding, Location, MessageRequest, SendOptions, Text};

    fn request(messages: Vec<Message>) -> MessageRequest {
        let options = SendOptions::new().source("+46000000000").ref_id("r");
        MessageRequest::new("+46000000001", messages).platform("p", "pp").options(&options)
    }

    fn found(findings: &[Finding]) -> Vec<(&str, &str)> {
        findings.iter().map(|finding| (finding.path(), finding.code().as_str())).collect()
    }

    #[test]
    fn findings_of_json_stand_in_its_order_and_between_those_of_its_neighbours() {
        let json = r#"{"type":"image","image":{"caption":7,"lnik":"x","caption":"y"},"zoo":1}"#;
        let nowhere = Location::at().latitude(f64::NAN).longitude(0.0);
        let messages = vec![Text::new("").into(), Message::from_json(json).expect("an object"), nowhere.into()];
        assert_eq!(
            found(&request(messages).validate()),
            [
                ("messages[0].text.body", "empty"),
                ("messages[1].image.caption", "wrong_type"),
                ("messages[1].image.lnik", "unknown_field"),
                ("messages[1].image.caption", "duplicate_key"),
                ("messages[1].image.link", "required"),
                ("messages[1].zoo", "unknown_field"),
                ("messages[2].location.latitude", "out_of_range"),
            ]
        );
    }

    #[test]
    fn json_with_warnings_is_sent_as_it_was_read() {
        let json = r#"{"type":"template","template":{"namespace":"n","name":"t","language":{"code":"en"}}}"#;
        let request = request(vec![Message::from_json(json).expect("an object")]);
        assert_eq!(found(&request.validate()), [("messages[0].template.components", "missing_components")]);
        let bytes = String::from_utf8(request.to_json().expect("warnings only")).expect("UTF-8");
        assert!(bytes.contains(r#""messages":[{"type":"template","template":{"namespace":"n","name":"t","language":{"code":"en"},"components":[]}}]"#), "{bytes}");
    }

    #[test]
    fn json_without_findings_is_a_message_like_any_other() {
        let json = r#"{"text":{"body":"Hello"},"type":"text"}"#;
        assert_eq!(Message::from_json(json).expect("an object"), Text::new("Hello").into());
    }

    #[test]
    fn a_type_that_is_none_is_told_when_it_is_sent() {
        for (json, path, code) in
            [(r#"{"type":"sticker"}"#, "messages[0].type", "unknown_type"), ("{}", "messages[0].type", "required")]
        {
            let message = Message::from_json(json).expect("an object");
            assert_eq!(message.type_name(), "unknown");
            let request = request(vec![message]);
            assert_eq!(found(&request.validate()), [(path, code)]);
            assert_eq!(request.to_json().expect_err("refused").code().as_str(), "invalid_request");
        }
    }

    #[test]
    fn of_a_type_that_is_none_the_nearest_is_told_or_all() {
        for (json, wanted) in [
            (
                r#"{"type":"sticker"}"#,
                "the types are text, image, audio, video, document, location, contacts, template",
            ),
            (r#"{"type":"Image"}"#, "did you mean `image`?"),
        ] {
            let findings = request(vec![Message::from_json(json).expect("an object")]).validate();
            assert!(findings[0].message().ends_with(wanted), "{}", findings[0].message());
        }
    }

    #[test]
    fn what_is_no_object_is_no_message() {
        for text in ["", "[]", "{", "null", "{\"a\":1} x"] {
            let error = Message::from_json(text).expect_err("refused");
            assert_eq!(found(error.findings()), [("", "invalid_json")], "{text}");
        }
    }
}
