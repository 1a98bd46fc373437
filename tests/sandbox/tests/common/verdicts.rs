//! Requests with one part in the light, and what is found of them.
#![allow(dead_code, reason = "each test file uses a part of this")]
#![allow(clippy::needless_pass_by_value, reason = "values are written in place")]

use linkwa_sandbox::judge;
use serde_json::{Value, json};

use super::request;

/// The first violation's path, or none if the request is in order.
pub(crate) fn verdict(text: &str) -> Result<(), Vec<String>> {
    judge(text.as_bytes()).map_err(|all| all.into_iter().map(|one| one.path).collect())
}

#[track_caller]
pub(crate) fn accepted(request: &Value) {
    assert_eq!(verdict(&request.to_string()), Ok(()), "{request}");
}

#[track_caller]
pub(crate) fn refused(request: &Value, path: &str) {
    let paths = verdict(&request.to_string()).expect_err(&request.to_string());
    assert!(paths.iter().any(|found| found == path), "{path} is not among {paths:?}");
}

pub(crate) fn message(message: Value) -> Value {
    let mut whole = request(&["0001"]);
    whole["messages"] = Value::Array(vec![message]);
    whole
}

pub(crate) fn component(component: Value) -> Value {
    components(json!([component]))
}

pub(crate) fn components(components: Value) -> Value {
    let mut template = json!({"namespace": "n", "name": "t", "language": {"code": "xx"}});
    template["components"] = components;
    message(json!({"type": "template", "template": template}))
}

pub(crate) fn date_time(date_time: Value) -> Value {
    let parameter = json!({"type": "dateTime", "dateTime": date_time});
    component(json!({"type": "body", "parameters": [parameter]}))
}

pub(crate) fn button(index: Value) -> Value {
    json!({"type": "button", "subType": "url", "index": index, "parameters": []})
}

pub(crate) const PARAMETER: &str = "messages[0].template.components[0].parameters[0]";
