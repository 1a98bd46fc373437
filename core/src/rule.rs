//! Rules on single values, used by every type that has such a value.

use std::collections::HashSet;
use std::hash::Hash;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::SystemTime;

use time::format_description::well_known::Rfc3339;
use time::{Date, Month, OffsetDateTime};

use crate::finding::{FindingCode, Findings, Path};
use crate::text::{invisible_in, is_invisible};
use crate::wire::Field;

/// A required text: not empty. Whether it is present is checked after the other fields of its object.
pub(crate) fn text<'f>(field: &'f Field<String>, path: &Path<'_>, findings: &mut Findings) -> Option<&'f str> {
    let text = field.get()?;
    if text.is_empty() {
        empty(path, findings);
        return None;
    }
    Some(text)
}

/// Reports an empty text.
pub(crate) fn empty(path: &Path<'_>, findings: &mut Findings) {
    findings.add(path, FindingCode::Empty, "must not be empty");
}

/// A required text with a limit.
pub(crate) fn text_at_most(field: &Field<String>, most: usize, path: &Path<'_>, findings: &mut Findings) {
    text(field, path, findings);
    at_most(field, most, path, findings);
}

/// A required identifier: not empty, and sent as it is.
pub(crate) fn id(field: &Field<String>, path: &Path<'_>, findings: &mut Findings) {
    if text(field, path, findings).is_some() {
        optional_id(field, path, findings);
    }
}

/// An identifier that may be absent or empty.
pub(crate) fn optional_id(field: &Field<String>, path: &Path<'_>, findings: &mut Findings) {
    if let Some(id) = field.get()
        && let Some(fault) = id_fault(id)
    {
        let cleaned = id.trim();
        let suggestion = (!cleaned.is_empty() && id_fault(cleaned).is_none()).then_some(cleaned);
        findings.suggest(path, FindingCode::InvalidFormat, fault, suggestion);
    }
}

/// Why a text cannot be an identifier that the gateway compares with its own.
pub(crate) fn id_fault(id: &str) -> Option<String> {
    // Nearly every identifier is printable ASCII. Checks all bytes, several at once.
    let is_printable = id.bytes().fold(true, |printable, byte| printable & matches!(byte, b' '..=b'~'));
    if is_printable && !id.starts_with(' ') && !id.ends_with(' ') {
        return None;
    }
    if let Some(control) = id.chars().find(|c| c.is_control()) {
        return Some(format!("has the control character {}", invisible_in(control.encode_utf8(&mut [0; 4]))));
    }
    (id.trim().len() < id.len()).then(|| "has blanks before or after it".to_owned())
}

/// A text with a limit in Unicode code points, beyond which it is cut or refused.
pub(crate) fn at_most(field: &Field<String>, most: usize, path: &Path<'_>, findings: &mut Findings) {
    if field.get().is_some_and(|text| text.len() > most && text.chars().nth(most).is_some()) {
        findings.add(path, FindingCode::TooLong, format!("has more than {most} characters"));
    }
}

/// A text parameter of a template.
pub(crate) fn template_text(field: &Field<String>, path: &Path<'_>, findings: &mut Findings) {
    if let Some(text) = text(field, path, findings)
        && has_unsupported_whitespace(text)
    {
        let message = "has a newline, a tab, or more than four blanks in a row, which WhatsApp refuses in a template";
        findings.add(path, FindingCode::UnsupportedWhitespace, message);
    }
}

fn has_unsupported_whitespace(text: &str) -> bool {
    /// The most spaces in a row.
    const BLANKS: u8 = 4;
    let mut blanks = 0;
    text.bytes().any(|byte| {
        blanks = if byte == b' ' { blanks + 1 } else { 0 };
        blanks > BLANKS || matches!(byte, b'\n' | b'\r' | b'\t')
    })
}

/// A required list: not empty.
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
    /// Adds the value. Returns whether it is new.
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
            duplicate(path, findings);
        }
    }
}

/// Reports an item that equals an earlier one.
pub(crate) fn duplicate(path: &Path<'_>, findings: &mut Findings) {
    findings.add(path, FindingCode::Duplicate, "stands in this list already");
}

/// The number of a business or a person: MSISDN, 3 to 15 digits, with `+` in international form.
pub(crate) fn msisdn(field: &Field<String>, path: &Path<'_>, findings: &mut Findings) {
    let Some(number) = text(field, path, findings) else { return };
    if is_msisdn(number) {
        if number.starts_with("00") {
            let message = "begins with 00, which WhatsApp refuses; write + instead";
            findings.suggest(path, FindingCode::InternationalPrefix, message, meant_number(number));
        }
    } else {
        let what = "must be a phone number: 3 to 15 digits, or `+` and 3 to 15 digits of which the first is not 0";
        let message = match invisible_in(number) {
            none if none.is_empty() => what.to_owned(),
            names => format!("{what}; it contains the invisible character {names}"),
        };
        findings.suggest(path, FindingCode::InvalidMsisdn, message, meant_number(number));
    }
}

/// A destination: an MSISDN, or the business-scoped user id of newer gateways.
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

/// `SE.1349abc`, or `SE.ENT.1349abc`.
pub(crate) fn is_business_scoped_id(id: &str) -> bool {
    let Some((country, rest)) = id.split_at_checked(2) else { return false };
    rest.strip_prefix('.').is_some_and(|id| {
        let id = id.strip_prefix("ENT.").unwrap_or(id);
        country.bytes().all(|b| b.is_ascii_uppercase())
            && !id.is_empty()
            && id.bytes().all(|b| b.is_ascii_alphanumeric())
    })
}

/// The number behind a readable spelling, without separators. `None` if it might be another number.
fn meant_number(number: &str) -> Option<String> {
    let is_separator = |c: char| is_invisible(c) || matches!(c, '-' | '(' | ')' | '.' | '/' | '\u{2010}'..='\u{2015}');
    let number = number.trim_matches(is_invisible);
    // In a number from a spreadsheet, a dot begins a fraction.
    if number.rsplit_once('.').is_some_and(|(_, last)| last.len() < 2 || last.bytes().all(|byte| byte == b'0')) {
        return None;
    }
    let rest = number.strip_prefix('+');
    let mut groups = rest.unwrap_or(number).split(is_separator).filter(|group| !group.is_empty());
    let mut first = groups.next()?;
    let mut international = rest.is_some();
    // `00` stands for `+` when dialling in many countries.
    if let Some(dialled) = first.strip_prefix("00").filter(|_| !international) {
        international = true;
        first = if dialled.is_empty() { groups.next()? } else { dialled };
    }
    let others: Vec<_> = groups.collect();
    // The 0 behind a country code is dialled only within most countries.
    if international && others.first().is_some_and(|group| group.starts_with('0')) {
        return None;
    }
    let meant = format!("{}{first}{}", if international { "+" } else { "" }, others.concat());
    is_msisdn(&meant).then_some(meant)
}

/// A link to a file: an absolute `http` or `https` URL. With `extensions`, another extension is a warning.
pub(crate) fn link(field: &Field<String>, extensions: Option<&[&str]>, path: &Path<'_>, findings: &mut Findings) {
    let Some(url) = text(field, path, findings) else { return };
    let Url { host, path: url_path } = match http_url(url) {
        Ok(url) => url,
        Err(fault) => {
            let message = format!("must be an absolute http:// or https:// URL with a host; {}", fault.describe(url));
            return findings.add(path, FindingCode::InvalidUrl, message);
        }
    };
    if is_unreachable(host) {
        let message = "leads to this machine or to a private address, which the gateway cannot reach";
        findings.add(path, FindingCode::UnreachableLink, message);
    }
    if let Some(extensions) = extensions
        && let Some(extension) = extension(url_path)
        && !extensions.iter().any(|known| known.eq_ignore_ascii_case(extension))
    {
        let message = format!("ends in an extension that is not supported here; those are {}", extensions.join(", "));
        findings.add(path, FindingCode::UnsupportedMediaType, message);
    }
}

/// The parts of an absolute http or https URL that rules check.
#[derive(Debug, PartialEq)]
struct Url<'u> {
    host: Host<'u>,
    path: &'u str,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Host<'u> {
    Name(&'u str),
    V6(Ipv6Addr),
}

/// Whether a host can be reached only from this machine or its network.
fn is_unreachable(host: Host<'_>) -> bool {
    let v4 = |ip: Ipv4Addr| ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified();
    match host {
        Host::Name(name) => name.parse().map_or_else(|_| is_localhost(name), v4),
        Host::V6(ip) => match ip.to_ipv4_mapped() {
            Some(ip) => v4(ip),
            None => ip.is_loopback() || ip.is_unspecified() || ip.is_unique_local() || ip.is_unicast_link_local(),
        },
    }
}

/// Whether a name is `localhost`, or one below it.
fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name.rsplit_once('.').map_or(name, |(_, top)| top).eq_ignore_ascii_case("localhost")
}

/// Why a text is not an absolute http or https URL.
#[derive(Clone, Copy, Debug, PartialEq)]
enum UrlFault {
    Scheme,
    Blank,
    Character,
    Host,
    Port,
}

impl UrlFault {
    fn describe(self, url: &str) -> String {
        match self {
            Self::Scheme => "it begins with neither".to_owned(),
            Self::Blank => "it contains a blank, which is written %20".to_owned(),
            Self::Character => match invisible_in(url) {
                none if none.is_empty() => "it contains a backslash".to_owned(),
                names => format!("it contains the invisible character {names}"),
            },
            Self::Host => "it has no host".to_owned(),
            Self::Port => "its port is not a number from 0 to 65535".to_owned(),
        }
    }
}

/// Reads an absolute http or https URL with a host.
fn http_url(url: &str) -> Result<Url<'_>, UrlFault> {
    let rest = ["http://", "https://"].iter().find_map(|scheme| {
        let (head, rest) = url.split_at_checked(scheme.len())?;
        head.eq_ignore_ascii_case(scheme).then_some(rest)
    });
    let rest = rest.ok_or(UrlFault::Scheme)?;
    if !rest.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
        match rest.chars().find(|c| c.is_whitespace() || c.is_control() || *c == '\\') {
            Some(' ') => return Err(UrlFault::Blank),
            Some(_) => return Err(UrlFault::Character),
            None => {}
        }
    }
    let authority_end = rest.bytes().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(authority_end).ok_or(UrlFault::Host)?;
    let host_and_port = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, port) = if let Some(literal) = host_and_port.strip_prefix('[') {
        let (address, port) = literal.split_once(']').ok_or(UrlFault::Host)?;
        let address = address.parse().map_err(|_| UrlFault::Host)?;
        (Host::V6(address), if port.is_empty() { "" } else { port.strip_prefix(':').ok_or(UrlFault::Port)? })
    } else {
        let (host, port) = host_and_port.split_once(':').unwrap_or((host_and_port, ""));
        if host.is_empty() {
            return Err(UrlFault::Host);
        }
        (Host::Name(host), port)
    };
    if !(port.is_empty() || port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok()) {
        return Err(UrlFault::Port);
    }
    let end = path.bytes().position(|byte| matches!(byte, b'?' | b'#')).unwrap_or(path.len());
    Ok(Url { host, path: path.get(..end).unwrap_or(path) })
}

fn extension(url_path: &str) -> Option<&str> {
    let mark = url_path.bytes().rposition(|byte| matches!(byte, b'/' | b'.'))?;
    let extension = url_path.get(mark..)?.strip_prefix('.')?;
    (!extension.is_empty()).then_some(extension)
}

/// Whether a text contains a URL for a preview.
pub(crate) fn has_url(text: &str) -> bool {
    let after = |scheme: &'static str| {
        text.char_indices().filter_map(move |(at, _)| {
            let head = text.get(at..at + scheme.len())?;
            head.eq_ignore_ascii_case(scheme).then(|| text.get(at + scheme.len()..)).flatten()
        })
    };
    after("http://").chain(after("https://")).any(|rest| rest.chars().next().is_some_and(|c| !c.is_whitespace()))
}

/// The time of an RFC 3339 date-time with an offset.
pub(crate) fn rfc3339(text: &str) -> Option<OffsetDateTime> {
    // The crate accepts any character between date and time; RFC 3339's grammar has `T`.
    let separator = text.as_bytes().get(10)?;
    separator.eq_ignore_ascii_case(&b'T').then(|| OffsetDateTime::parse(text, &Rfc3339).ok()).flatten()
}

/// The time as RFC 3339, in UTC and to the second. A time before 1970 becomes the beginning of 1970, one beyond the
/// year 9999 the end of that year.
pub(crate) fn rfc3339_of(time: SystemTime) -> String {
    let whole = time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let moment = i64::try_from(whole).ok().and_then(|secs| OffsetDateTime::from_unix_timestamp(secs).ok());
    let text = moment.and_then(|moment| moment.format(&Rfc3339).ok());
    text.unwrap_or_else(|| "9999-12-31T23:59:59Z".to_owned())
}

/// The weekday of a date, Monday 1 to Sunday 7; `None` if there is no such day.
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

    fn field(text: &str) -> Field<String> {
        Field::Given(text.to_owned())
    }

    #[test]
    fn numbers_and_ids_have_exact_bounds() {
        for (number, expected) in [
            ("AT.13aZ", vec!["not_msisdn"]),
            ("AT.13_4", vec!["invalid_msisdn"]),
            ("ATX.1", vec!["invalid_msisdn"]),
            ("at.1", vec!["invalid_msisdn"]),
            ("AT.", vec!["invalid_msisdn"]),
            ("AT.ENT.13aZ", vec!["not_msisdn"]),
            ("AT.ENT.", vec!["invalid_msisdn"]),
            ("AT.ent.1", vec!["invalid_msisdn"]),
            ("AT.X.1", vec!["invalid_msisdn"]),
            ("0046", vec!["international_prefix"]),
            ("000", vec!["international_prefix"]),
            ("046", vec![]),
            ("+0046", vec!["invalid_msisdn"]),
        ] {
            assert_eq!(found(|path, findings| destination(&field(number), path, findings)), expected, "{number}");
        }
    }

    #[test]
    fn a_readable_number_suggests_the_msisdn_and_an_ambiguous_one_nothing() {
        for (number, expected) in [
            ("+46 (70) 123-45.67", Some("+46701234567")),
            ("0046 70 123 45 67", Some("+46701234567")),
            ("00 46 70 123 45 67", Some("+46701234567")),
            ("\u{202a}+46 70 012 34 56\u{202c}", Some("+46700123456")),
            ("+46701234567\n", Some("+46701234567")),
            ("(070) 123 45 67", Some("0701234567")),
            ("070/123\u{2013}45\u{a0}67", Some("0701234567")),
            ("46.70.123.45.67", Some("46701234567")),
            // A fraction, a zero of the trunk prefix, an exponent, a thousands separator.
            ("46000000001.0", None),
            ("46000000001.00", None),
            ("46000000001.5", None),
            ("+46 (0)70 123 45 67", None),
            ("+46 070 123 45 67", None),
            ("+46 (070) 123 45 67", None),
            ("0046 (0) 70 123 45 67", None),
            ("4.6000000001E10", None),
            ("46,000,000,001", None),
            ("+4 6", None),
            ("+", None),
            ("+0046701234567", None),
            ("tel:+46701234567", None),
            ("+46 701234567 x12", None),
        ] {
            let mut findings = Findings::default();
            msisdn(&field(number), &Path::root(None), &mut findings);
            let findings = findings.finish();
            let [finding] = &*findings else { panic!("{number:?}: {findings:?}") };
            assert_eq!(finding.suggestion(), expected, "{number:?}");
            assert!(!finding.message().contains("46") && !finding.message().contains("70"), "{finding}");
        }
    }

    #[test]
    fn invisible_characters_of_a_number_are_named() {
        let mut findings = Findings::default();
        msisdn(&field("\u{202a}+4670000000\u{200b}1\n"), &Path::root(None), &mut findings);
        let message = findings.finish()[0].message().to_owned();
        for name in ["U+202A", "U+200B", "U+000A"] {
            assert!(message.contains(name), "{message}");
        }
    }

    #[test]
    fn an_empty_item_is_not_also_a_duplicate() {
        let items = [field(""), field(""), field("a"), field("a")];
        let mut seen = Seen::default();
        let duplicates = found(|path, findings| items.iter().for_each(|item| seen.check(item, path, findings)));
        assert_eq!(duplicates, ["duplicate"]);
    }

    #[test]
    fn urls_need_a_host_and_a_valid_port() {
        for good in ["https://h", "HTTP://u:p@h:65535/a?b#c", "https://[::1]:1/x", "https://h:", "https://h?x"] {
            assert!(http_url(good).is_ok(), "{good}");
        }
        for (bad, fault) in [
            ("https://", UrlFault::Host),
            ("https://h:65536/", UrlFault::Port),
            ("https://h:+80/", UrlFault::Port),
            ("https://h:8o/", UrlFault::Port),
            ("https://[::1", UrlFault::Host),
            ("https://[::g]", UrlFault::Host),
            ("https://[::1]8", UrlFault::Port),
            ("https://u@", UrlFault::Host),
            ("h/x", UrlFault::Scheme),
            ("https:h", UrlFault::Scheme),
            (" https://h", UrlFault::Scheme),
            ("https://h/a b", UrlFault::Blank),
            ("https://h/a\tb", UrlFault::Character),
            ("https://h\\a", UrlFault::Character),
        ] {
            assert_eq!(http_url(bad), Err(fault), "{bad}");
        }
        for unreachable in [
            "http://localhost",
            "http://LOCALHOST.:80/",
            "http://a.localhost/x",
            "http://127.0.0.1",
            "http://10.1.2.3",
            "http://172.31.0.1",
            "http://192.168.0.1",
            "http://169.254.1.1",
            "http://0.0.0.0",
            "http://[::1]",
            "http://[fd00::1]",
            "http://[fe80::1]",
            "http://[::ffff:10.0.0.1]",
            "http://u@10.0.0.1:80/",
        ] {
            assert!(http_url(unreachable).is_ok_and(|url| is_unreachable(url.host)), "{unreachable}");
        }
        for reachable in [
            "http://localhost.example.com",
            "http://172.32.0.1",
            "http://192.169.0.1",
            "http://11.0.0.1",
            "http://[2001:db8::1]",
            "http://10.example.com",
            "http://mylocalhost",
        ] {
            assert!(http_url(reachable).is_ok_and(|url| !is_unreachable(url.host)), "{reachable}");
        }
        assert!(UrlFault::Character.describe("https://h/a\u{a0}b").contains("U+00A0"));
        let found = |url| http_url(url).map(|url| extension(url.path));
        assert_eq!(found("https://h/a.png?b.gif#c.bmp"), Ok(Some("png")));
        for none in ["https://h.png", "https://h/a", "https://h/a.", "https://h/a.b/c", "https://h"] {
            assert_eq!(found(none), Ok(None), "{none}");
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
