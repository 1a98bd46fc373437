//! Rules on single values, used by every type that has such a value.

use std::collections::HashSet;
use std::hash::Hash;
use std::net::Ipv6Addr;

use time::format_description::well_known::Rfc3339;
use time::{Date, Month, OffsetDateTime};

use crate::finding::{FindingCode, Findings, Path};
use crate::wire::Field;

/// A needed text: not empty. Whether it is there at all is asked after the rest of its object.
pub(crate) fn text<'f>(field: &'f Field<String>, path: &Path<'_>, findings: &mut Findings) -> Option<&'f str> {
    let text = field.get()?;
    if text.is_empty() {
        findings.add(path, FindingCode::Empty, "must not be empty");
        return None;
    }
    Some(text)
}

/// A needed list: not empty.
pub(crate) fn filled<T>(list: &[T], path: &Path<'_>, findings: &mut Findings) {
    if list.is_empty() {
        findings.add(path, FindingCode::Empty, "must have at least one item");
    }
}

/// The values that a list has had so far.
pub(crate) struct Seen<T> {
    /// Most lists have no more.
    few: [Option<T>; 8],
    many: Option<HashSet<T>>,
}

impl<T: Copy> Default for Seen<T> {
    fn default() -> Self {
        Self { few: [None; 8], many: None }
    }
}

impl<T: Copy + Eq + Hash> Seen<T> {
    /// Whether the value is a new one.
    pub(crate) fn insert(&mut self, value: T) -> bool {
        for place in &mut self.few {
            match place {
                Some(seen) if *seen == value => return false,
                Some(_) => {}
                None => {
                    *place = Some(value);
                    return true;
                }
            }
        }
        self.many.get_or_insert_default().insert(value)
    }
}

impl<'l> Seen<&'l str> {
    /// Reports an item that equals an earlier one.
    pub(crate) fn check(&mut self, item: &'l Field<String>, path: &Path<'_>, findings: &mut Findings) {
        if item.get().is_some_and(|item| !item.is_empty() && !self.insert(item)) {
            findings.add(path, FindingCode::Duplicate, "stands in this list already");
        }
    }
}

/// The number of a business or a person: MSISDN, 3 to 15 digits, with `+` in international form.
pub(crate) fn msisdn(field: &Field<String>, path: &Path<'_>, findings: &mut Findings) {
    if let Some(number) = text(field, path, findings)
        && !is_msisdn(number)
    {
        findings.add(path, FindingCode::InvalidMsisdn, msisdn_message(number));
    }
}

/// A destination: an MSISDN, or the business-scoped user id that newer gateways know.
pub(crate) fn destination(field: &Field<String>, path: &Path<'_>, findings: &mut Findings) {
    if field.get().is_some_and(|id| is_business_scoped_id(id)) {
        let message = "is a business-scoped user id, not a phone number; older gateways refuse it";
        findings.add(path, FindingCode::NotMsisdn, message);
    } else {
        msisdn(field, path, findings);
    }
}

fn is_msisdn(number: &str) -> bool {
    let (digits, international) = match number.strip_prefix('+') {
        Some(digits) => (digits.as_bytes(), true),
        None => (number.as_bytes(), false),
    };
    (3..=15).contains(&digits.len())
        && digits.iter().all(u8::is_ascii_digit)
        && !(international && digits.first() == Some(&b'0'))
}

fn is_business_scoped_id(id: &str) -> bool {
    let Some((country, rest)) = id.split_at_checked(2) else { return false };
    rest.strip_prefix('.').is_some_and(|id| {
        country.bytes().all(|b| b.is_ascii_uppercase())
            && !id.is_empty()
            && id.bytes().all(|b| b.is_ascii_alphanumeric())
    })
}

fn msisdn_message(number: &str) -> String {
    let separator = |c: char| c.is_whitespace() || matches!(c, '-' | '(' | ')' | '.' | '/' | '\u{2010}'..='\u{2015}');
    let cleaned: String = number.chars().filter(|c| !separator(*c)).collect();
    // `00` is how many people dial the `+`.
    let dialled = cleaned.strip_prefix("00").map(|rest| format!("+{rest}"));
    let cleaned = dialled.filter(|_| !is_msisdn(&cleaned)).unwrap_or(cleaned);
    if cleaned != number && is_msisdn(&cleaned) {
        format!("must be a phone number of digits alone, with or without a leading `+`: `{cleaned}`")
    } else {
        "must be a phone number: 3 to 15 digits, or `+` and 3 to 15 digits of which the first is not 0".to_owned()
    }
}

/// A link to a file: an absolute `http` or `https` URL. Where `extensions` is given, one that is not among them is
/// warned of.
pub(crate) fn link(field: &Field<String>, extensions: Option<&[&str]>, path: &Path<'_>, findings: &mut Findings) {
    let Some(url) = text(field, path, findings) else { return };
    let Some(url_path) = http_url_path(url) else {
        findings.add(path, FindingCode::InvalidUrl, "must be an absolute http:// or https:// URL with a host");
        return;
    };
    if let Some(extensions) = extensions
        && let Some(extension) = extension(url_path)
        && !extensions.iter().any(|known| known.eq_ignore_ascii_case(extension))
    {
        let message = format!(
            "`.{}` is not among the supported formats: {}",
            crate::wire::shown(extension),
            extensions.join(", ")
        );
        findings.add(path, FindingCode::UnsupportedMediaType, message);
    }
}

/// The path of an absolute http or https URL with a host; `None` if it is none.
fn http_url_path(url: &str) -> Option<&str> {
    let rest = ["http://", "https://"].iter().find_map(|scheme| {
        let (head, rest) = url.split_at_checked(scheme.len())?;
        head.eq_ignore_ascii_case(scheme).then_some(rest)
    })?;
    let unfit = |c: char| c.is_whitespace() || c.is_control() || c == '\\';
    if !rest.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') && rest.contains(unfit) {
        return None;
    }
    let authority_end = rest.bytes().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(authority_end)?;
    let host_and_port = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let port = if let Some(literal) = host_and_port.strip_prefix('[') {
        let (address, port) = literal.split_once(']')?;
        address.parse::<Ipv6Addr>().ok()?;
        if port.is_empty() { "" } else { port.strip_prefix(':')? }
    } else {
        let (host, port) = host_and_port.split_once(':').unwrap_or((host_and_port, ""));
        if host.is_empty() {
            return None;
        }
        port
    };
    if !(port.is_empty() || port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok()) {
        return None;
    }
    path.get(..path.bytes().position(|byte| matches!(byte, b'?' | b'#')).unwrap_or(path.len()))
}

fn extension(url_path: &str) -> Option<&str> {
    let mark = url_path.bytes().rposition(|byte| matches!(byte, b'/' | b'.'))?;
    let extension = url_path.get(mark..)?.strip_prefix('.')?;
    (!extension.is_empty()).then_some(extension)
}

/// Whether a text has a URL that a preview could be made of.
pub(crate) fn has_url(text: &str) -> bool {
    let after = |scheme: &'static str| {
        text.char_indices().filter_map(move |(at, _)| {
            let head = text.get(at..at + scheme.len())?;
            head.eq_ignore_ascii_case(scheme).then(|| text.get(at + scheme.len()..)).flatten()
        })
    };
    after("http://").chain(after("https://")).any(|rest| rest.chars().next().is_some_and(|c| !c.is_whitespace()))
}

/// The moment that an RFC 3339 date-time with an offset names.
pub(crate) fn rfc3339(text: &str) -> Option<OffsetDateTime> {
    // The crate takes any character between date and time; RFC 3339's grammar has `T`.
    let separator = text.as_bytes().get(10)?;
    separator.eq_ignore_ascii_case(&b'T').then(|| OffsetDateTime::parse(text, &Rfc3339).ok()).flatten()
}

/// The weekday of a day, Monday 1 to Sunday 7; `None` if there is no such day.
pub(crate) fn weekday(year: u32, month: u32, day: u32) -> Option<u32> {
    Some(date(year, month, day)?.weekday().number_from_monday().into())
}

fn date(year: u32, month: u32, day: u32) -> Option<Date> {
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    Date::from_calendar_date(i32::try_from(year).ok()?, month, u8::try_from(day).ok()?).ok()
}

/// Whether a text is `YYYY-MM-DD` and that day exists.
pub(crate) fn is_real_day(text: &str) -> bool {
    let number = |range: std::ops::Range<usize>| {
        let digits = text.get(range)?;
        digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
    };
    let dashes = text.len() == 10 && text.get(4..5) == Some("-") && text.get(7..8) == Some("-");
    let day = || date(number(0..4)?, number(5..7)?, number(8..10)?);
    dashes && day().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(check: impl FnOnce(&Path<'_>, &mut Findings)) -> Vec<&'static str> {
        let mut findings = Findings::default();
        check(&Path::root(None), &mut findings);
        findings.finish().iter().map(|finding| finding.code().as_str()).collect()
    }

    fn given(text: &str) -> Field<String> {
        Field::Given(text.to_owned())
    }

    #[test]
    fn numbers_and_ids_end_where_they_should() {
        for (number, wanted) in [
            ("AT.13aZ", vec!["not_msisdn"]),
            ("AT.13_4", vec!["invalid_msisdn"]),
            ("ATX.1", vec!["invalid_msisdn"]),
            ("at.1", vec!["invalid_msisdn"]),
            ("AT.", vec!["invalid_msisdn"]),
            ("0046", vec![]),
            ("+0046", vec!["invalid_msisdn"]),
        ] {
            assert_eq!(found(|path, findings| destination(&given(number), path, findings)), wanted, "{number}");
        }
        assert!(msisdn_message("+46 (70) 123-45.67").contains("`+46701234567`"));
        assert!(msisdn_message("0046 70 123 45 67").contains("0046701234567"));
    }

    #[test]
    fn an_empty_item_is_not_also_a_duplicate() {
        let items = [given(""), given(""), given("a"), given("a")];
        let mut seen = Seen::default();
        let duplicates = found(|path, findings| items.iter().for_each(|item| seen.check(item, path, findings)));
        assert_eq!(duplicates, ["duplicate"]);
    }

    #[test]
    fn urls_have_a_host_and_a_port_that_is_one() {
        for good in ["https://h", "HTTP://u:p@h:65535/a?b#c", "https://[::1]:1/x", "https://h:", "https://h?x"] {
            assert!(http_url_path(good).is_some(), "{good}");
        }
        for bad in [
            "https://",
            "https://h:65536/",
            "https://h:+80/",
            "https://[::1",
            "https://[::g]",
            "https://u@",
            "h/x",
            "https:h",
        ] {
            assert!(http_url_path(bad).is_none(), "{bad}");
        }
        assert_eq!(http_url_path("https://h/a.png?b.gif#c.bmp").and_then(extension), Some("png"));
        for none in ["https://h.png", "https://h/a", "https://h/a.", "https://h/a.b/c", "https://h"] {
            assert_eq!(http_url_path(none).and_then(extension), None, "{none}");
        }
    }

    #[test]
    fn days_are_real_and_written_in_digits() {
        for good in ["2012-08-18", "2000-02-29", "0001-01-01"] {
            assert!(is_real_day(good), "{good}");
        }
        for bad in ["1900-02-29", "2012-+8-18", "2012-8-18", "2012-08-18 ", "20120818", "2012/08/18", "２012-08-1"] {
            assert!(!is_real_day(bad), "{bad}");
        }
    }
}
