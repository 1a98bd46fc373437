//! Writing JSON, straight into the bytes that are sent: no white space, and only what must be escaped is.

use std::sync::Arc;

use super::window::plain;

/// A value that writes itself.
pub(crate) trait Write {
    fn write(&self, out: &mut Vec<u8>);
}

impl Write for str {
    fn write(&self, out: &mut Vec<u8>) {
        let bytes = self.as_bytes();
        out.reserve(bytes.len() + 2);
        out.push(b'"');
        match bytes.split_at_checked(plain(bytes)) {
            Some((plain, [])) => out.extend_from_slice(plain),
            _ => write_escaped(bytes, out),
        }
        out.push(b'"');
    }
}

#[cold]
fn write_escaped(bytes: &[u8], out: &mut Vec<u8>) {
    let mut rest = bytes;
    while let Some((before, [byte, after @ ..])) = rest.split_at_checked(plain(rest)) {
        out.extend_from_slice(before);
        let short = match byte {
            b'"' | b'\\' => *byte,
            0x8 => b'b',
            0xc => b'f',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            _ => b'u',
        };
        out.extend_from_slice(&[b'\\', short]);
        if short == b'u' {
            let digit = |digit: u8| if digit < 10 { b'0' + digit } else { b'a' - 10 + digit };
            out.extend_from_slice(&[b'0', b'0', digit(byte >> 4), digit(byte & 0xf)]);
        }
        rest = after;
    }
    out.extend_from_slice(rest);
}

impl Write for String {
    fn write(&self, out: &mut Vec<u8>) {
        self.as_str().write(out);
    }
}

impl Write for bool {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(if *self { b"true" } else { b"false" });
    }
}

impl Write for u64 {
    fn write(&self, out: &mut Vec<u8>) {
        let mut digits = [0; 20];
        out.extend_from_slice(decimal(*self, &mut digits));
    }
}

impl Write for u32 {
    fn write(&self, out: &mut Vec<u8>) {
        u64::from(*self).write(out);
    }
}

/// The digits of a number, as `format!` writes them, in a quarter of the time.
pub(crate) fn decimal(number: u64, digits: &mut [u8; 20]) -> &[u8] {
    let mut rest = number;
    let mut first = digits.len();
    for (place, digit) in digits.iter_mut().enumerate().rev() {
        *digit = b'0' + (rest % 10) as u8;
        (rest, first) = (rest / 10, place);
        if rest == 0 {
            break;
        }
    }
    digits.get(first..).unwrap_or_default()
}

impl Write for f64 {
    fn write(&self, out: &mut Vec<u8>) {
        // Into memory, where nothing can fail.
        let _ = serde_json::to_writer(out, self);
    }
}

impl<T: Write> Write for Option<T> {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Some(value) => value.write(out),
            None => out.extend_from_slice(b"null"),
        }
    }
}

impl<T: Write> Write for [T] {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(b'[');
        for item in self {
            item.write(out);
            out.push(b',');
        }
        close(b']', out);
    }
}

impl<T: Write> Write for Arc<T> {
    fn write(&self, out: &mut Vec<u8>) {
        (**self).write(out);
    }
}

impl<T: Write> Write for Vec<T> {
    fn write(&self, out: &mut Vec<u8>) {
        self.as_slice().write(out);
    }
}

/// Ends an object or list, each of whose members has a comma behind it.
pub(crate) fn close(bracket: u8, out: &mut Vec<u8>) {
    match out.last_mut() {
        Some(last @ b',') => *last = bracket,
        _ => out.push(bracket),
    }
}

/// Writes an object: `name: value` in order, each name with its colon as JSON has it; `if` leaves one out.
macro_rules! write_object {
    ($out:expr, $($name:literal: $value:expr $(, if $condition:expr)?;)*) => {{
        let out: &mut Vec<u8> = $out;
        out.push(b'{');
        $(
            if true $(&& $condition)? {
                out.extend_from_slice(concat!("\"", $name, "\":").as_bytes());
                $crate::json::Write::write($value, out);
                out.push(b',');
            }
        )*
        $crate::json::close(b'}', out);
    }};
}

pub(crate) use write_object;

#[cfg(test)]
mod tests {
    use super::*;

    fn written(value: &(impl Write + ?Sized)) -> String {
        let mut out = Vec::new();
        value.write(&mut out);
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn texts_are_written_as_serde_json_does() {
        for c in (0..=0x17f).chain([0x2028, 0xffff, 0x1_f600]).filter_map(char::from_u32) {
            for text in
                [format!("{c}"), format!("a{c}"), format!("{c}{c}b"), format!("01234567{c}01234567890123456789{c}")]
            {
                assert_eq!(written(text.as_str()), serde_json::to_string(&text).expect("JSON"), "{text:?}");
            }
        }
        assert_eq!(written(""), "\"\"");
    }

    #[test]
    fn numbers_are_written_as_serde_json_does() {
        for number in [0, 7, 10, 99, 100, 112_003, u64::from(u32::MAX), u64::MAX] {
            assert_eq!(written(&number), number.to_string());
        }
        for number in [0.0, -0.0, 18.0, 18.073_949_7, -180.0, 5e-324, 1e300] {
            assert_eq!(written(&number), serde_json::to_string(&number).expect("JSON"));
        }
    }

    #[test]
    fn members_stand_between_commas() {
        let mut out = Vec::new();
        let list = vec![Some(1_u32), None];
        write_object!(&mut out, "a": &true; "b": &0_u32, if list.is_empty(); "c": &list; "d": &Vec::<u32>::new(););
        assert_eq!(String::from_utf8(out).as_deref(), Ok(r#"{"a":true,"c":[1,null],"d":[]}"#));
        let mut out = Vec::new();
        write_object!(&mut out, "b": &0_u32, if list.is_empty(););
        assert_eq!(out, b"{}");
    }
}
