//! 64 sends at once: `Client::submit` beside reqwest. `sends URL CA_FILE` measures both in slices that take turns, by the clock and by the
//! CPU time of the whole process.

use std::time::{Duration, Instant};

use linkwa::{Client, Config, SendOptions, Text};
use linkwa_peers::{ClockId, cpu_time, report};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Certificate, StatusCode};
use rustls::crypto::ring;
use serde::{Deserialize, Serialize};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use uuid::Uuid;

const AT_ONCE: usize = 64;
const SLICES: usize = 12;
/// How many sends a slice has: at 64 at once and 50 ms each it takes a second.
const COUNT: usize = 1280;

const TO: &str = "+46000000001";
const EXPECTED: &str = "8aU6cwxAKE9NzMLrS6M82Y";

fn main() {
    let mut arguments = std::env::args().skip(1);
    let url = format!("{}/whatsapp-message", arguments.next().expect("the gateway's URL"));
    let ca_file = arguments.next().expect("the file of the certificate to trust");

    let config = Config::with_base_url(url.clone(), "user", "secret").platform("platform", "partner");
    let config = config.source("+46000000000").ca_file(&ca_file).max_connections(AT_ONCE);
    let ours = Client::new(config).expect("a client");
    let theirs = Peer::new(format!("{url}/messages"), &std::fs::read(&ca_file).expect("the certificate"));

    let body = ours.build(TO, Text::new("Hello"), &SendOptions::new().ref_id("the same")).expect("it is valid");
    let value = |bytes: &[u8]| serde_json::from_slice::<serde_json::Value>(bytes).expect("JSON");
    assert_eq!(value(&body), value(&text_body("the same".to_owned())), "both post the same");

    let with_linkwa = || many(&ours);
    let with_reqwest = || theirs.many();
    let sides: [&dyn Fn(); 2] = [&with_linkwa, &with_reqwest];
    for side in sides {
        side(); // connects, and warms up
    }
    let (mut wall, mut cpu) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
    for slice in 0..SLICES {
        for side in if slice % 2 == 0 { [0, 1] } else { [1, 0] } {
            let (began, used) = (Instant::now(), cpu_time(ClockId::ProcessCPUTime));
            sides[side]();
            wall[side].push(each(began.elapsed()));
            cpu[side].push(each(cpu_time(ClockId::ProcessCPUTime).saturating_sub(used)));
        }
    }
    report("rust-gateway/reqwest/wall", &wall[0], &wall[1]);
    report("rust-gateway/reqwest/cpu", &cpu[0], &cpu[1]);
}

/// Nanoseconds a send.
fn each(time: Duration) -> f64 {
    time.as_secs_f64() * 1e9 / f64::from(u32::try_from(COUNT).expect("a small number"))
}

/// linkwa: all are given to the client, which has 64 under way at once.
fn many(client: &Client) {
    let options = SendOptions::new();
    let submit = |_| client.submit(TO, Text::new("Hello"), &options).expect("the queue has room");
    let pending: Vec<_> = (0..COUNT).map(submit).collect();
    for one in pending {
        let sent = one.wait().expect("it is accepted");
        assert_eq!(sent.message_ids(), [EXPECTED]);
    }
}

/// reqwest: 64 tasks on one thread, which takes less CPU time than several. Each sends one after the other.
struct Peer {
    client: reqwest::Client,
    runtime: Runtime,
    url: String,
}

impl Peer {
    fn new(url: String, ca: &[u8]) -> Self {
        ring::default_provider().install_default().expect("no other is there");
        let client = reqwest::Client::builder()
            .tls_certs_only([Certificate::from_pem(ca).expect("a certificate")])
            .no_proxy()
            .timeout(Duration::from_secs(30))
            .build()
            .expect("a client");
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { client, runtime, url }
    }

    fn many(&self) {
        self.runtime.block_on(async {
            let mut tasks = JoinSet::new();
            for _ in 0..AT_ONCE {
                let (client, url) = (self.client.clone(), self.url.clone());
                tasks.spawn(async move {
                    for _ in 0..COUNT / AT_ONCE {
                        send(&client, &url).await;
                    }
                });
            }
            tasks.join_all().await;
        });
    }
}

async fn send(client: &reqwest::Client, url: &str) {
    let request = client.post(url).basic_auth("user", Some("secret")).header(CONTENT_TYPE, "application/json");
    let response = request.body(text_body(Uuid::new_v4().to_string())).send().await.expect("an answer");
    assert_eq!(response.status(), StatusCode::OK);
    let answer: Answer = serde_json::from_slice(&response.bytes().await.expect("its body")).expect("JSON");
    assert_eq!((answer.result_code, answer.message_ids), (112_001, vec![EXPECTED.to_owned()]));
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    result_code: i64,
    message_ids: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    platform_id: &'static str,
    platform_partner_id: &'static str,
    priority: &'static str,
    ref_id: String,
    source: &'static str,
    destinations: [&'static str; 1],
    messages: [Message; 1],
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "camelCase")]
enum Message {
    Text { text: Body },
}

#[derive(Serialize)]
struct Body {
    body: &'static str,
}

/// What `submit` posts.
fn text_body(ref_id: String) -> Vec<u8> {
    let request = Request {
        platform_id: "platform",
        platform_partner_id: "partner",
        priority: "NORMAL",
        ref_id,
        source: "+46000000000",
        destinations: [TO],
        messages: [Message::Text { text: Body { body: "Hello" } }],
    };
    serde_json::to_vec(&request).expect("it can be written")
}
