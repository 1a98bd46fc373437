//! Enums whose values are words. The words are the same in every language.

/// Declares an enum with its values and their words. `(default)` after a word marks the default.
macro_rules! words {
    (
        $(#[doc = $doc:literal])*
        $(#[derive($derive:ident)])?
        pub enum $name:ident {
            $($(#[doc = $value_doc:literal])* $value:ident = $word:literal $(($default:ident))?,)+
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash $(, $derive)?)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[doc = $value_doc])* $(#[$default])? $value,)+
        }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$value,)+];

            #[allow(dead_code)] // not every enum is looked up by its words
            const WORDS: &'static [&'static str] = &[$($word,)+];

            /// The word, the same in every language.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$value => $word,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl crate::declared::Declared for $name {
            const KIND: crate::declared::Kind = crate::declared::Kind::Word(&crate::declared::Words {
                name: stringify!($name),
                doc: concat!($($doc, "\n"),*),
                values: &[$(crate::declared::Word { word: $word, doc: concat!($($value_doc, "\n"),*) },)+],
                open: false,
            });
        }
    };
}

pub(crate) use words;
