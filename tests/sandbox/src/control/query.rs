//! Query parameters, each read once and with its type.

use std::str::FromStr;
use std::time::Duration;

use hyper::Uri;
use percent_encoding::percent_decode_str;

pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn of(uri: &Uri) -> Result<Self, String> {
        let pairs = uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        let pairs = pairs.map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode(name)?, decode(value)?))
        });
        Ok(Self(pairs.collect::<Result<_, String>>()?))
    }

    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        let index = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.remove(index).1)
    }

    /// A phone number or a user id. A plus sign in a query stands for a space, so the number may have lost it.
    pub(super) fn number(&mut self, name: &str) -> Option<String> {
        self.text(name).map(|number| number.trim_start_matches(['+', ' ']).to_owned())
    }

    pub(super) fn parsed<T: FromStr>(&mut self, name: &str) -> Result<Option<T>, String> {
        let Some(text) = self.text(name) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| format!("{name}={text} cannot be read"))
    }

    /// `500ms` or `5s`.
    pub(super) fn duration(&mut self, name: &str) -> Result<Option<Duration>, String> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let refused = || format!("{name}={text} cannot be read: it is written 5s or 500ms");
        let duration = if let Some(number) = text.strip_suffix("ms") {
            number.parse().ok().map(Duration::from_millis)
        } else {
            text.strip_suffix('s').and_then(|number| number.parse().ok()).map(Duration::from_secs)
        };
        duration.map(Some).ok_or_else(refused)
    }

    /// Refuses what was not read.
    pub(super) fn finish(self) -> Result<(), String> {
        match self.0.first() {
            None => Ok(()),
            Some((name, _)) => Err(format!("there is no query parameter {name:?} here, or it stands twice")),
        }
    }
}

fn decode(text: &str) -> Result<String, String> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8();
    decoded.map(std::borrow::Cow::into_owned).map_err(|_| "the query is not UTF-8".to_owned())
}
