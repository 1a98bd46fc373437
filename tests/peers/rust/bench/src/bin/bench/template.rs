//! The same request, as a program with serde writes it. `c-peers` has it too.

use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    platform_id: String,
    platform_partner_id: String,
    priority: Priority,
    ref_id: String,
    source: String,
    destinations: Vec<String>,
    messages: Vec<Message>,
}

#[derive(Serialize)]
#[serde(rename_all = "UPPERCASE")]
enum Priority {
    Normal,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "camelCase")]
enum Message {
    Template { template: Template },
}

#[derive(Serialize)]
struct Template {
    namespace: String,
    name: String,
    language: Language,
    components: Vec<Component>,
}

#[derive(Serialize)]
struct Language {
    code: String,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum Component {
    Header { parameters: Vec<Parameter> },
    Body { parameters: Vec<Parameter> },
    Button { sub_type: SubType, index: u32, parameters: Vec<Parameter> },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum SubType {
    QuickReply,
    Url,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "camelCase")]
enum Parameter {
    Document { document: Document },
    Text { text: String },
    Currency { currency: Currency },
    Payload { payload: String },
}

#[derive(Serialize)]
struct Document {
    link: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    filename: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Currency {
    fallback_value: String,
    code: String,
    amount1000: String,
}

/// The request of `inputs/template.json`.
pub fn request(to: &str) -> Request {
    let template = Template {
        namespace: "namespace".to_owned(),
        name: "order_update".to_owned(),
        language: Language { code: "en".to_owned() },
        components: vec![
            Component::Header {
                parameters: vec![Parameter::Document {
                    document: Document {
                        link: "https://example.com/17.pdf".to_owned(),
                        filename: Some("invoice.pdf".to_owned()),
                    },
                }],
            },
            Component::Body {
                parameters: vec![
                    Parameter::Text { text: "Anna".to_owned() },
                    Parameter::Currency {
                        currency: Currency {
                            fallback_value: "$100.99".to_owned(),
                            code: "USD".to_owned(),
                            amount1000: 100_990_i64.to_string(),
                        },
                    },
                ],
            },
            Component::Button {
                sub_type: SubType::QuickReply,
                index: 0,
                parameters: vec![Parameter::Payload { payload: "yes".to_owned() }],
            },
            Component::Button {
                sub_type: SubType::Url,
                index: 1,
                parameters: vec![Parameter::Text { text: "track/17".to_owned() }],
            },
        ],
    };
    Request {
        platform_id: "platform".to_owned(),
        platform_partner_id: "partner".to_owned(),
        priority: Priority::Normal,
        ref_id: "order-17".to_owned(),
        source: "+46000000000".to_owned(),
        destinations: vec![to.to_owned()],
        messages: vec![Message::Template { template }],
    }
}
