//! placeholder docs

mod callback;
mod client;
mod config;
mod default_client;
mod delivery;
mod error;
mod finding;
mod json;
mod lenient;
mod message;
mod options;
#[cfg(test)]
mod properties;
mod request;
mod response;
mod rule;
mod wire;

pub use callback::{
    AddressRange, AddressRanges, Button, Callback, Content, Context, EventReport, Extra, InboundMessage, Parameters,
    ReceivedMessage, Route, Status, Timestamp, is_gateway_address, parse_callback,
};
pub use client::Client;
pub use config::{Config, Region};
pub use default_client::{
    configure, default_client, send, send_audio, send_contacts, send_document, send_image, send_location, send_raw,
    send_request, send_template, send_text, send_video,
};
pub use error::{
    Error, ErrorCode, InvalidCallback, InvalidRequest, NotSent, Outcome, OutcomeUnknown, Reason, Rejected,
};
pub use finding::{Finding, FindingCode, Severity};
pub use message::{
    Address, Audio, Body, BodyParameter, Component, Contact, Contacts, Currency, DateTime, Document, Email, Header,
    HeaderParameter, Image, Location, Message, Name, Org, Phone, QuickReplyButton, Raw, Template, Text, Url, UrlButton,
    Video,
};
pub use options::SendOptions;
pub use request::{Destinations, MessageRequest, Messages, Priority, UnknownPriority, new_ref_id, validate};
pub use response::{MessageResponse, Receipt, ResultCode, SendResult};
