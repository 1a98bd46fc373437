//! The languages of templates.

use crate::finding::{FindingCode, Findings, Path};
use crate::rule;
use crate::wire::{Field, shown};

/// The codes of the API's list, sorted.
const LANGUAGES: [&str; 68] = [
    "af", "ar", "az", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "en_GB", "en_US", "es", "es_AR", "es_ES",
    "es_MX", "et", "fa", "fi", "fil", "fr", "ga", "gu", "ha", "he", "hi", "hr", "hu", "id", "it", "ja", "kk", "kn",
    "ko", "lo", "lt", "lv", "mk", "ml", "mr", "ms", "nb", "nl", "pa", "pl", "pt_BR", "pt_PT", "ro", "ru", "sk", "sl",
    "sq", "sr", "sv", "sw", "ta", "te", "th", "tr", "uk", "ur", "uz", "vi", "zh_CN", "zh_HK", "zh_TW", "zu",
];

/// T-10: a code that is not in the list is warned of, because `WhatsApp` adds languages.
pub(super) fn check(code: &Field<String>, path: &Path<'_>, findings: &mut Findings) {
    let Some(code) = rule::text(code, path, findings) else { return };
    if LANGUAGES.binary_search(&code).is_ok() {
        return;
    }
    let usual = code.replace('-', "_");
    let message = match LANGUAGES.iter().find(|known| known.eq_ignore_ascii_case(&usual)) {
        Some(known) => format!("`{}` is written `{known}` here", shown(code)),
        None => format!("`{}` is not among the languages of the API's list", shown(code)),
    };
    findings.add(path, FindingCode::UnsupportedLanguage, message);
}

#[cfg(test)]
mod tests {
    use super::LANGUAGES;

    #[test]
    fn the_list_is_sorted_for_the_search() {
        assert!(LANGUAGES.is_sorted());
    }
}
