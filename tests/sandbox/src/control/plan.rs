//! What the next requests meet, and faults by chance.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Failure, body_of, json_answer, no_content};
use crate::behaviour::{Chaos, Latency, Planned};
use crate::gateway::Gateway;
use crate::scenario::{self, Scenario};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PlanOrder {
    digits: Option<String>,
    latency_ms: Option<[u64; 2]>,
    to: Option<String>,
    count: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChaosOrder {
    #[serde(default)]
    seed: u64,
    /// By the digits of a scenario.
    faults: BTreeMap<String, f64>,
}

pub(super) async fn scenarios(State(gateway): State<Arc<Gateway>>, request: Request) -> Result<Response, Failure> {
    body_of(&gateway, request).await?;
    let all = scenario::scenarios().iter().map(|scenario| json!({ "digits": scenario.digits, "what": scenario.what }));
    let queue = gateway.behaviour.planned().into_iter().map(|planned| {
        json!({
            "digits": planned.scenario.map(|scenario| scenario.digits),
            "latencyMs": planned.latency.map(Latency::milliseconds),
            "to": planned.to,
        })
    });
    let (all, queue): (Vec<Value>, Vec<Value>) = (all.collect(), queue.collect());
    Ok(json_answer(200, &json!({ "scenarios": all, "queue": queue })))
}

pub(super) async fn plan(State(gateway): State<Arc<Gateway>>, request: Request) -> Result<Response, Failure> {
    let body = body_of(&gateway, request).await?;
    let order: PlanOrder = serde_json::from_slice(&body).map_err(|error| error.to_string())?;
    let scenario = order.digits.as_deref().map(known).transpose()?;
    let latency = order.latency_ms.map(latency).transpose()?;
    if scenario.is_none() && latency.is_none() {
        return Err("digits or latencyMs is missing".to_owned().into());
    }
    let planned = Planned { scenario, latency, to: order.to };
    let queued = gateway.behaviour.plan(&planned, order.count.unwrap_or(1))?;
    Ok(json_answer(201, &json!({ "queued": queued })))
}

pub(super) async fn clear(State(gateway): State<Arc<Gateway>>, request: Request) -> Result<Response, Failure> {
    body_of(&gateway, request).await?;
    gateway.behaviour.clear_planned();
    Ok(no_content())
}

pub(super) async fn chaos(State(gateway): State<Arc<Gateway>>, request: Request) -> Result<Response, Failure> {
    body_of(&gateway, request).await?;
    Ok(json_answer(200, &chaos_of(&gateway)))
}

pub(super) async fn set_chaos(State(gateway): State<Arc<Gateway>>, request: Request) -> Result<Response, Failure> {
    let body = body_of(&gateway, request).await?;
    let order: ChaosOrder = serde_json::from_slice(&body).map_err(|error| error.to_string())?;
    let faults = order.faults.iter().map(|(digits, probability)| Ok((known(digits)?, *probability)));
    let chaos = Chaos::new(order.seed, faults.collect::<Result<_, String>>()?)?;
    gateway.behaviour.set_chaos(Some(chaos));
    Ok(json_answer(200, &chaos_of(&gateway)))
}

pub(super) async fn end_chaos(State(gateway): State<Arc<Gateway>>, request: Request) -> Result<Response, Failure> {
    body_of(&gateway, request).await?;
    gateway.behaviour.set_chaos(None);
    Ok(no_content())
}

fn chaos_of(gateway: &Gateway) -> Value {
    let (seed, faults) = gateway.behaviour.chaos().unwrap_or_default();
    let faults: BTreeMap<_, _> =
        faults.into_iter().map(|(scenario, probability)| (scenario.digits, probability)).collect();
    json!({ "seed": seed, "faults": faults })
}

fn known(digits: &str) -> Result<&'static Scenario, String> {
    let mut all = scenario::scenarios().iter();
    all.find(|scenario| scenario.digits == digits).ok_or_else(|| format!("there is no scenario {digits:?}"))
}

fn latency([least, most]: [u64; 2]) -> Result<Latency, String> {
    const DAY: u64 = 86_400_000;
    if least > most || most > DAY {
        return Err("latencyMs is the least and the most, in milliseconds, and at most a day".to_owned());
    }
    Ok(Latency::between(Duration::from_millis(least), Duration::from_millis(most)))
}
