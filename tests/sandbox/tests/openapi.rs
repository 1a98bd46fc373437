//! The document of the control routes says what they do.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod common;

use common::{AUTH, Answer, LONG, control, exchange, number, post, request, send};
use linkwa_sandbox::{CallbackEndpoint, Gate, Options, Sandbox};
use serde_json::{Value, json};

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
/// The id that stands in the document's examples.
const EXAMPLE_ID: &str = "0bVkBrzT2LSMJbxcvEPlqO";

struct Document(Value);

impl Document {
    fn of(sandbox: &Sandbox) -> Self {
        Self(control(sandbox, "GET", "/openapi.json", "").json())
    }

    /// Path, method and description of each operation.
    fn operations(&self) -> Vec<(&str, String, &Value)> {
        let paths = self.0["paths"].as_object().unwrap();
        let operations = paths.iter().flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap().iter();
            methods.map(|(method, operation)| (path.as_str(), method.to_uppercase(), operation))
        });
        operations.collect()
    }

    #[track_caller]
    fn validate(&self, schema: &Value, value: &Value, what: &str) {
        let mut schema = schema.clone();
        schema["components"] = self.0["components"].clone();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{what}: {errors:#?}\n{value:#}");
    }

    /// The status is described, and the body is as described.
    #[track_caller]
    fn check(&self, operation: &Value, answer: &Answer, what: &str) {
        let described = &operation["responses"][answer.status.to_string()];
        assert!(described.is_object(), "{what} answers {}", answer.status);
        let described =
            if described["$ref"].is_string() { &self.0["components"]["responses"]["Error"] } else { described };
        match described.get("content") {
            Some(content) => self.validate(&content["application/json"]["schema"], &answer.json(), what),
            None => assert!(answer.body.is_empty(), "{what}"),
        }
    }
}

/// A sandbox with something of each kind.
fn filled() -> (Sandbox, CallbackEndpoint) {
    let endpoint = CallbackEndpoint::start().unwrap();
    endpoint.answer_next_with([500]);
    let options = Options::new().default_gate(Gate::new("mine", endpoint.url()));
    let sandbox = Sandbox::start(options).unwrap();
    send(&sandbox, &["0001"]);
    send(&sandbox, &["3404", "2001"]);
    send(&sandbox, &["1500"]);
    post(&sandbox, b"{}");
    post(&sandbox, b"\xff");
    exchange(sandbox.address(), "POST", "/whatsapp-message/messages", &[], b"");
    let mut order = request(&["0001"]);
    order["eventReportGates"] = json!(["nowhere"]);
    post(&sandbox, order.to_string().as_bytes());
    for order in [json!({"digits": "2004", "to": number("0009")}), json!({"latencyMs": [1, 2], "to": number("0009")})] {
        control(&sandbox, "POST", "/scenarios", &order.to_string());
    }
    assert!(sandbox.wait_idle(LONG));
    (sandbox, endpoint)
}

#[test]
fn each_method_is_described_or_refused() {
    let sandbox = Sandbox::start(Options::new()).unwrap();
    let document = Document::of(&sandbox);
    let described = document.operations();
    for (path, method, operation) in &described {
        let target = format!("{}?nothing=1", path.replace("{id}", "1"));
        for (host, status) in [("localhost", 400), ("evil.example", 403)] {
            let answer = exchange(sandbox.address(), method, &target, &[("Host", host)], b"");
            assert_eq!(answer.status, status, "{method} {target} for {host}");
            document.check(operation, &answer, &target);
        }
        for method in METHODS {
            if described.iter().any(|(known, of, _)| known == path && of == method) {
                continue;
            }
            let answer = exchange(sandbox.address(), method, &path.replace("{id}", "1"), &[], b"");
            assert_eq!(answer.status, 405, "{method} {path}");
        }
    }
}

#[test]
fn each_answer_is_as_described() {
    let (sandbox, _endpoint) = filled();
    let id = control(&sandbox, "GET", "/messages/1", "").json()["messageId"].as_str().unwrap().to_owned();
    let document = Document::of(&sandbox);
    let operations = document.operations();
    let mut checked = 0;
    // What deletes comes last.
    for methods in [&["POST", "PUT"][..], &["GET"], &["DELETE"]] {
        for (path, method, operation) in operations.iter().filter(|(_, method, _)| methods.contains(&method.as_str())) {
            let what = format!("{method} {path}");
            let target = path.replace("{id}", "1");
            let call = |headers: &[(&str, &str)], body: &str| {
                exchange(sandbox.address(), method, &target, headers, body.as_bytes())
            };
            document.check(operation, &call(&[("Host", "evil.example")], ""), &what);
            let examples = operation["requestBody"]["content"]["application/json"]["examples"].as_object();
            if let Some(examples) = examples {
                document.check(operation, &call(&[], "{"), &what);
                for example in examples.values() {
                    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
                    document.validate(schema, &example["value"], &what);
                    let answer = call(&[], &example["value"].to_string().replace(EXAMPLE_ID, &id));
                    assert!(answer.status < 300, "{what}: {example} {}", String::from_utf8_lossy(&answer.body));
                    document.check(operation, &answer, &what);
                    checked += 1;
                }
            } else if !path.ends_with("/events") && !path.ends_with("/reset") {
                let answer = call(&[], "");
                assert!(answer.status < 300, "{what}");
                document.check(operation, &answer, &what);
                checked += 1;
            }
        }
        assert!(sandbox.wait_idle(LONG));
    }
    assert!(checked >= 35, "{checked}");
    let (_, _, message) = operations.iter().find(|(path, ..)| path.ends_with("{id}")).unwrap();
    document.check(message, &control(&sandbox, "GET", "/messages/999", ""), "a message that is not kept");
    let (_, _, reset) = operations.iter().find(|(path, ..)| path.ends_with("/reset")).unwrap();
    document.check(reset, &control(&sandbox, "POST", "/reset", ""), "reset");
}

#[test]
fn each_query_parameter_is_known() {
    let (sandbox, _endpoint) = filled();
    let document = Document::of(&sandbox);
    let mut checked = 0;
    for (path, method, operation) in document.operations() {
        for parameter in operation["parameters"].as_array().into_iter().flatten().filter(|one| one["in"] == "query") {
            let (name, schema) = (parameter["name"].as_str().unwrap(), &parameter["schema"]);
            let value = match (&schema["enum"][0], schema["type"].as_str().unwrap()) {
                (Value::String(word), _) => word.clone(),
                (_, "integer") => "1".to_owned(),
                (_, "boolean") => "true".to_owned(),
                _ if schema["pattern"].is_string() => "1ms".to_owned(),
                _ => "1".to_owned(),
            };
            if path.ends_with("/events") {
                continue;
            }
            let answer = exchange(sandbox.address(), &method, &format!("{path}?{name}={value}"), &[], b"");
            assert_eq!(answer.status, 200, "{path}?{name}={value}");
            document.check(operation, &answer, path);
            checked += 1;
        }
    }
    assert!(checked >= 27, "{checked}");
    assert!(!document.0.to_string().contains(AUTH));
    assert_eq!(control(&sandbox, "GET", "/messages?details=true", "").json()["messages"][0]["request"]["id"], 1);
}
