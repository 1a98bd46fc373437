//! The languages of templates.

use crate::declared::{Kind, Word, Words};
use crate::finding::{FindingCode, Findings, Path};
use crate::rule;
use crate::wire::Field;

/// The codes of the API's list, sorted.
const LANGUAGES: [&str; 68] = [
    "af", "ar", "az", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "en_GB", "en_US", "es", "es_AR", "es_ES",
    "es_MX", "et", "fa", "fi", "fil", "fr", "ga", "gu", "ha", "he", "hi", "hr", "hu", "id", "it", "ja", "kk", "kn",
    "ko", "lo", "lt", "lv", "mk", "ml", "mr", "ms", "nb", "nl", "pa", "pl", "pt_BR", "pt_PT", "ro", "ru", "sk", "sl",
    "sq", "sr", "sv", "sw", "ta", "te", "th", "tr", "uk", "ur", "uz", "vi", "zh_CN", "zh_HK", "zh_TW", "zu",
];

/// The same as a declaration.
pub(super) const KIND: Kind = Kind::Word(&Words {
    name: "LanguageCode",
    doc: "The languages of the API's list. `WhatsApp` adds others.",
    values: &{
        let mut values = [Word { word: "", doc: "" }; LANGUAGES.len()];
        let mut index = 0;
        while index < LANGUAGES.len() {
            values[index].word = LANGUAGES[index];
            index += 1;
        }
        values
    },
    open: true,
});

/// The same as numbers, in the same order: they are compared at once.
const KEYS: [u64; LANGUAGES.len()] = {
    let mut keys = [0; LANGUAGES.len()];
    let mut index = 0;
    while index < LANGUAGES.len() {
        keys[index] = key(LANGUAGES[index].as_bytes());
        index += 1;
    }
    keys
};

/// The first seven bytes and the length.
const fn key(code: &[u8]) -> u64 {
    let len = if code.len() < 8 { code.len() as u64 } else { 8 };
    let mut key = 0;
    let mut rest = code;
    let mut count = 0;
    while count < 7 {
        key <<= 8;
        if let [first, after @ ..] = rest {
            key |= *first as u64;
            rest = after;
        }
        count += 1;
    }
    key << 8 | len
}

/// A code that is not in the list is warned of, because `WhatsApp` adds languages.
pub(super) fn check(code: &Field<String>, path: &Path<'_>, findings: &mut Findings) {
    let Some(code) = rule::text(code, path, findings) else { return };
    if KEYS.binary_search(&key(code.as_bytes())).is_ok() {
        return;
    }
    let usual = code.replace('-', "_");
    let near = LANGUAGES.iter().find(|known| known.eq_ignore_ascii_case(&usual)).copied();
    let message = match near {
        Some(near) => format!("is not a language code of the API; write `{near}`"),
        None => "is not among the language codes of the API's list".to_owned(),
    };
    findings.suggest(path, FindingCode::UnsupportedLanguage, message, near);
}

#[cfg(test)]
mod tests {
    use super::{KEYS, LANGUAGES, key};

    #[test]
    fn the_list_is_sorted_for_the_search() {
        assert!(LANGUAGES.is_sorted());
        assert!(KEYS.is_sorted());
    }

    #[test]
    fn only_listed_codes_are_found() {
        assert!(LANGUAGES.iter().all(|code| code.len() < 8 && KEYS.binary_search(&key(code.as_bytes())).is_ok()));
        for other in ["", "e", "en\0", "en\0\0\0", "enn", "EN", "en_G", "en_GB\0", "en_GBen_GB", "zz", "\u{100}"] {
            assert!(KEYS.binary_search(&key(other.as_bytes())).is_err(), "{other:?}");
        }
    }
}
