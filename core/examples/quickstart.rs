//! Sends a message of every type to a gateway on this machine, waits until each is delivered, has the user answer, and
//! prints what happened. `make demo` runs it.
//!
//! With a real account in the environment (`LINKWA_REGION`, `LINKWA_USERNAME`, …) it sends one text to LINK's gateway
//! instead, to the number in `LINKWA_DEMO_TO`.

use std::error::Error;
use std::time::{Duration, Instant};

use linkwa::{
    Audio, Callback, Client, Config, Contact, Currency, DateTime, Document, EventReport, Image, InboundInteractive,
    Interactive, Location, Message, Name, Phone, ReceivedMessage, SendOptions, Template, Text, Video,
};
use linkwa_sandbox::{CallbackEndpoint, Gate, Inbound, Options, Sandbox};

/// An unassigned number from the API's examples: a real gateway refuses it.
const EXAMPLE_NUMBER: &str = "+46000000001";
const BUSINESS: &str = "+46000000000";
const PATIENCE: Duration = Duration::from_secs(30);

fn main() -> Result<(), Box<dyn Error>> {
    let account = ["LINKWA_REGION", "LINKWA_BASE_URL", "LINKWA_USERNAME"];
    if account.iter().any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty())) {
        return send_one_to_the_real_gateway();
    }
    send_every_type_to_a_local_gateway()
}

fn send_one_to_the_real_gateway() -> Result<(), Box<dyn Error>> {
    let to = std::env::var("LINKWA_DEMO_TO").unwrap_or_else(|_| EXAMPLE_NUMBER.to_owned());
    let sent = linkwa::send_text(to, "Hello from linkwa")?;
    println!("accepted: {}, refId {}, message ids {:?}", sent.result_code(), sent.ref_id(), sent.message_ids());
    Ok(())
}

/// One message of each type. The last one is not in version 1.4.1 of LINK's document.
fn messages() -> [Message; 9] {
    [
        Text::new("Your order is on its way: https://example.com/t/17").preview_url(true).into(),
        Image::new("https://example.com/parcel.png").caption("Your parcel").into(),
        Audio::new("https://example.com/greeting.mp3").into(),
        Video::new("https://example.com/unpacking.mp4").caption("How to unpack it").into(),
        Document::new("https://example.com/17.pdf").filename("invoice.pdf").into(),
        Location::at().latitude(59.312_049_9).longitude(18.073_949_7).name("Pick-up point").into(),
        linkwa::Contacts::new([Contact::new()
            .name(Name::new("Customer Service").first_name("Customer"))
            .phone(Phone::new("+46 00 000 00 00").kind("WORK"))])
        .into(),
        Template::new("order_update", "shop", "en")
            .header(Document::new("https://example.com/17.pdf").filename("invoice.pdf"))
            .body([
                "17".into(),
                Currency::new("$100.99", "USD", 100_990).into(),
                DateTime::civil("February 25, 1977 03:33PM", 1977, 2, 25, 15, 33).into(),
            ])
            .quick_reply(0, "keep-17")
            .url_button(1, "track/17")
            .into(),
        Interactive::buttons("Where to?").button("home", "Home").button("shop", "To the shop").into(),
    ]
}

fn send_every_type_to_a_local_gateway() -> Result<(), Box<dyn Error>> {
    let callbacks = CallbackEndpoint::start()?;
    let gateway = Sandbox::start(Options::new().gate(Gate::new("demo", callbacks.url())).extensions(true))?;
    let client = Client::new(
        Config::with_base_url(gateway.base_url(), "user", "secret")
            .platform("platform id", "partner id")
            .source(BUSINESS)
            .event_report_gates(["demo"])
            .extensions(true),
    )?;

    println!("{:<12} {:<24} what became of it", "type", "message id");
    for message in messages() {
        let type_name = message.type_name();
        let sent = client.send(EXAMPLE_NUMBER, message, &SendOptions::new())?;
        let receipt = sent.receipts().first().ok_or("the gateway gave no message id")?;
        let mut statuses = vec![name(sent.result_code())];
        statuses.extend(follow(&callbacks, receipt.message_id())?);
        println!("{type_name:<12} {:<24} {}", receipt.message_id(), statuses.join(" → "));
    }

    let answer = receive(&gateway, &callbacks, Inbound::button("Keep it", "keep-17"))?;
    let button = answer.button().ok_or("the answer has no button")?;
    println!(
        "\nreceived from {}: {:?} (payload {:?}), so that every message type may be sent for 24 hours",
        answer.reply_to().unwrap_or("a user without an address"),
        button.text().unwrap_or_default(),
        button.payload().unwrap_or_default(),
    );
    let answer = receive(&gateway, &callbacks, Inbound::button_reply("home", "Home"))?;
    let chosen = answer.interactive().and_then(InboundInteractive::button_reply).ok_or("nothing was chosen")?;
    println!(
        "received from {}: the button {:?} of the interactive message",
        answer.reply_to().unwrap_or("a user without an address"),
        chosen.id().unwrap_or_default(),
    );
    Ok(())
}

/// Has the user send this, and returns it as the gateway reports it.
fn receive(
    gateway: &Sandbox,
    callbacks: &CallbackEndpoint,
    inbound: Inbound,
) -> Result<ReceivedMessage, Box<dyn Error>> {
    let message_id = gateway.inbound(inbound.source(EXAMPLE_NUMBER).destination(BUSINESS).gate("demo"))?;
    wait_for(callbacks, |callback| match callback {
        Callback::ReceivedMessage(message) if message.message_id() == message_id => Some(message.clone()),
        _ => None,
    })
}

/// The statuses of a message, up to the last one, which must be that it was delivered.
fn follow(callbacks: &CallbackEndpoint, message_id: &str) -> Result<Vec<&'static str>, Box<dyn Error>> {
    let of_message = |callback: &Callback| match callback {
        Callback::EventReport(report) if report.message_id() == Some(message_id) => Some(report.clone()),
        _ => None,
    };
    let is_last = |report: &EventReport| report.result_code().is_final();
    let last = wait_for(callbacks, |callback| of_message(callback).filter(is_last))?;
    if !last.status().is_delivered() {
        return Err(format!("{message_id} failed: {}", last.result_code().explanation()).into());
    }
    let all = parse_all(callbacks)?;
    Ok(all.iter().filter_map(of_message).map(|report| report.status().as_str()).collect())
}

fn wait_for<T>(callbacks: &CallbackEndpoint, find: impl Fn(&Callback) -> Option<T>) -> Result<T, Box<dyn Error>> {
    let give_up = Instant::now() + PATIENCE;
    loop {
        let all = parse_all(callbacks)?;
        if let Some(found) = all.iter().find_map(&find) {
            return Ok(found);
        }
        let left = give_up.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err("a callback did not come".into());
        }
        callbacks.wait_for(all.len() + 1, left);
    }
}

fn parse_all(callbacks: &CallbackEndpoint) -> Result<Vec<Callback>, linkwa::Error> {
    callbacks.received().into_iter().map(|callback| linkwa::parse_callback(callback.body)).collect()
}

fn name(code: linkwa::ResultCode) -> &'static str {
    code.name().unwrap_or("accepted")
}
