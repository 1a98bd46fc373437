//! The regions of the gateway.

use std::str::FromStr;

use crate::by_name::{FromNamed, NamedValue, SetError};
use crate::error::Error;
use crate::wire::{nearest, truncate_for_display};
use crate::words::words;

words! {
    /// The regions of LINK's gateway; an account belongs to one.
    pub enum Region {
        /// Northern Europe.
        NEu = "n-eu",
        /// Central Europe.
        CEu = "c-eu",
        /// Southern Europe.
        SEu = "s-eu",
        /// Norway.
        No = "no",
        /// The gateway at `deb.linkmobility.io`.
        Deb = "deb",
    }
}

impl Region {
    /// The base URL of the region's gateway.
    pub fn base_url(self) -> &'static str {
        match self {
            Self::NEu => "https://n-eu.linkmobility.io/whatsapp-message",
            Self::CEu => "https://c-eu.linkmobility.io/whatsapp-message",
            Self::SEu => "https://s-eu.linkmobility.io/whatsapp-message",
            Self::No => "https://no.linkmobility.io/whatsapp-message",
            Self::Deb => "https://deb.linkmobility.io/whatsapp-message",
        }
    }
}

impl FromNamed for Region {
    fn from_named(value: NamedValue) -> Result<Self, SetError> {
        let word = String::from_named(value)?;
        Self::named(&word).map_err(SetError::Config)
    }
}

impl FromStr for Region {
    type Err = Error;

    /// # Errors
    ///
    /// `invalid_config` for an unknown region.
    fn from_str(word: &str) -> Result<Self, Error> {
        Self::named(word).map_err(Error::invalid_config)
    }
}

impl Region {
    fn named(word: &str) -> Result<Self, String> {
        if let Some(region) = Self::ALL.iter().find(|region| region.as_str() == word) {
            return Ok(*region);
        }
        let near = nearest(word, Self::WORDS).map_or(String::new(), |near| format!(" (did you mean `{near}`?)"));
        Err(format!(
            "there is no region `{}`{near}; the regions are {}",
            truncate_for_display(word),
            Self::WORDS.join(", ")
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_region_has_its_host() {
        let urls: Vec<_> = Region::ALL.iter().map(|region| (region.as_str(), region.base_url())).collect();
        let host = |word| format!("https://{word}.linkmobility.io/whatsapp-message");
        assert_eq!(urls.iter().map(|(word, _)| *word).collect::<Vec<_>>(), ["n-eu", "c-eu", "s-eu", "no", "deb"]);
        for (word, url) in urls {
            assert_eq!(url, host(word));
            assert_eq!(word.parse::<Region>().expect("a region").as_str(), word);
        }
    }
}
