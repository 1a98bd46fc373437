//! How an object of a callback is declared.

/// Declares an object of a callback: its fields, their names on the wire and their kinds. The macro makes the getters,
/// the declaration as data, the reader for both paths (see [`Input`](super::input::Input)), `Debug`, the order in which
/// a [`Visitor`](super::visit::Visitor) sees the fields, and a macro with the name behind `as` that passes the
/// declaration to a macro of another crate: `linkwa::button_fields! { some_macro { … } }` is `some_macro! { … { kind
/// field = "wire"; … } }`.
///
/// An `owned` object has the callback's text; a `view` refers to it.
///
/// - `text`: a string.
/// - `time`: a string that is a timestamp, with a second getter for its text.
/// - `integer`, `number`, `flag`: a whole number, any number, a boolean.
/// - `result_code`: a number that is always there.
/// - `parameters`: texts by name.
/// - `list`: strings.
/// - `object`: another object, with the name of its fields.
/// - `rare_object`: the same for an object that few callbacks have; it gets memory of its own.
/// - `objects`: a list of objects.
/// - `needed_…`: a required field, which [`parse_callback`](super::parse_callback()) checks.
///
/// `text kind (r#type) = "type"`: the name is a keyword in Rust only. `= "formatted_name" | "formattedName"`: the first is
/// the name on the wire; the second is taken too.
macro_rules! callback_object {
    (
        $(#[doc = $doc:literal])*
        pub struct $name:ident owned $(in $storage:ident)? as $export:ident, $fields:ident {
            $($(#[doc = $field_doc:literal])* $kind:ident $field:ident $(($alias:ident))? $(/ $raw:ident)? = $wire:literal $(| $other:literal)? $(: $object:ident $inner:ident)?;)*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone)]
        pub struct $name {
            text: $crate::callback::callback_text::CallbackText,
            fields: callback_object!(@fields $fields $($storage)?),
        }

        impl $name {
            pub(super) fn new(text: $crate::callback::callback_text::CallbackText, fields: callback_object!(@fields $fields $($storage)?)) -> Self {
                Self { text, fields }
            }

            /// The callback's JSON text as received.
            pub fn raw(&self) -> &str {
                &self.text.raw
            }

            /// Whether both have equal fields.
            #[cfg(test)]
            pub(super) fn is_same(&self, other: &Self) -> bool {
                self.text == other.text && self.fields == other.fields
            }

            callback_object!(@getters '_ self (&self) (&self.text) $($(#[doc = $field_doc])* $kind $field $(($alias))? $(/ $raw)? $(: $object $inner)?;)*);
        }

        /// Compares the texts.
        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.raw() == other.raw()
            }
        }

        callback_object!(@rest (&'c $name) ($name) [$($doc)*] $name $fields $export ($) {
            $($(#[doc = $field_doc])* $kind $field $(($alias))? $(/ $raw)? = $wire $(| $other)? $(: $object $inner)?;)*
        });
    };

    (
        $(#[doc = $doc:literal])*
        pub struct $name:ident view as $export:ident, $fields:ident {
            $($(#[doc = $field_doc:literal])* $kind:ident $field:ident $(($alias:ident))? $(/ $raw:ident)? = $wire:literal $(| $other:literal)? $(: $object:ident $inner:ident)?;)*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy)]
        pub struct $name<'c> {
            text: &'c $crate::callback::callback_text::CallbackText,
            fields: &'c $fields,
        }

        impl<'c> $name<'c> {
            #[inline]
            fn new(text: &'c $crate::callback::callback_text::CallbackText, fields: &'c $fields) -> Self {
                Self { text, fields }
            }

            callback_object!(@getters 'c self (self) (self.text) $($(#[doc = $field_doc])* $kind $field $(($alias))? $(/ $raw)? $(: $object $inner)?;)*);
        }

        callback_object!(@rest ($name<'c>) ($name<'_>) [$($doc)*] $name $fields $export ($) {
            $($(#[doc = $field_doc])* $kind $field $(($alias))? $(/ $raw)? = $wire $(| $other)? $(: $object $inner)?;)*
        });
    };

    (@fields $fields:ident) => { $fields };
    (@fields $fields:ident $storage:ident) => { $storage<$fields> };

    (@rest ($view:ty) ($type:ty) [$($about:literal)*] $name:ident $fields:ident $export:ident ($d:tt) {
        $($(#[doc = $doc:literal])* $kind:ident $field:ident $(($alias:ident))? $(/ $raw:ident)? = $wire:literal $(| $other:literal)? $(: $object:ident $inner:ident)?;)*
    }) => {
        /// The fields.
        #[derive(Clone, Debug)]
        #[cfg_attr(test, derive(PartialEq))]
        pub(super) struct $fields {
            extra: $crate::callback::input::Entries,
            $($field: Option<callback_object!(@value $kind $($inner)?)>,)*
        }

        impl $fields {
            pub(super) const DECLARED: $crate::declared::Object = $crate::declared::Object {
                name: stringify!($name),
                doc: concat!($($about, "\n"),*),
                fields: &[$($crate::declared::Field {
                    name: $crate::declared::declared_name!($field),
                    wire: $wire,
                    doc: concat!($($doc, "\n"),*),
                    kind: callback_object!(@declared $kind $($inner)?),
                    required: callback_object!(@required $kind),
                },)*],
            };

            const EMPTY: Self = Self { extra: $crate::callback::input::Entries::NONE, $($field: None),* };
        }

        impl Default for $fields {
            #[inline]
            fn default() -> Self {
                Self::EMPTY
            }
        }

        impl $crate::callback::input::Fields for $fields {
            fn read<I: $crate::callback::input::Input>(&mut self, input: &mut I) -> Option<()> {
                // Fields seen so far: none may be repeated.
                $(let mut $field = false;)*
                let mut unknown = I::Unknown::default();
                input.members(|input, key| {
                    let name = input.name_of(key);
                    $(if *name == *$wire.as_bytes() $(|| *name == *$other.as_bytes())? {
                        return input.known(key, &mut self.$field, &mut $field, &mut unknown);
                    })*
                    input.unknown(key, &mut unknown)
                })?;
                self.extra = input.extra(unknown);
                Some(())
            }
        }

        impl<'c> $crate::callback::visit::Visit<'c> for $view {
            fn visit(self, visitor: &mut impl $crate::callback::visit::Visitor<'c>) {
                $(callback_object!(@visit self visitor $kind $field $($raw)?);)*
                visitor.extra(self.extra());
            }
        }

        /// Shows nothing that a user wrote.
        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let mut shown = f.debug_struct(stringify!($name));
                $(callback_object!(@debug self shown $kind $field);)*
                shown.finish_non_exhaustive()
            }
        }

        #[doc(hidden)]
        #[macro_export]
        macro_rules! $export {
            ($d then:ident { $d($d before:tt)* }) => {
                $d then! { $d($d before)* {
                    $($(#[doc = $doc])* $kind $field $(($alias))? $(/ $raw)? = $wire $(: $object)?;)*
                } }
            };
        }
    };

    (@declared text) => { $crate::declared::Kind::String };
    (@declared needed_text) => { $crate::declared::Kind::String };
    (@declared time) => { $crate::declared::Kind::Timestamp };
    (@declared integer) => { $crate::declared::Kind::Integer };
    (@declared result_code) => { $crate::declared::Kind::Integer };
    (@declared number) => { $crate::declared::Kind::Number };
    (@declared flag) => { $crate::declared::Kind::Bool };
    (@declared list) => { $crate::declared::Kind::List(&$crate::declared::Kind::String) };
    (@declared parameters) => { $crate::declared::Kind::StringMap };
    (@declared objects $inner:ident) => { $crate::declared::Kind::List(&$crate::declared::Kind::Object(&$inner::DECLARED)) };
    (@declared $object:ident $inner:ident) => { $crate::declared::Kind::Object(&$inner::DECLARED) };

    (@required needed_text) => { true };
    (@required needed_object) => { true };
    (@required result_code) => { true };
    (@required $kind:ident) => { false };

    (@value text) => { $crate::callback::callback_text::Span };
    (@value needed_text) => { $crate::callback::callback_text::Span };
    (@value time) => { $crate::callback::callback_text::Span };
    (@value integer) => { i64 };
    (@value result_code) => { i64 };
    (@value number) => { f64 };
    (@value flag) => { bool };
    (@value list) => { $crate::callback::input::List };
    (@value parameters) => { $crate::callback::input::Entries };
    (@value object $inner:ident) => { $inner };
    (@value needed_object $inner:ident) => { $inner };
    (@value rare_object $inner:ident) => { $crate::callback::input::Rare<$inner> };
    (@value objects $inner:ident) => { $crate::callback::input::Objects<$inner> };

    (@debug $me:ident $shown:ident result_code $field:ident) => { $shown.field(stringify!($field), &$me.$field()); };
    (@debug $me:ident $shown:ident $kind:ident $field:ident) => {};

    (@visit $me:ident $visitor:ident text $field:ident) => { $visitor.text($me.$field()) };
    (@visit $me:ident $visitor:ident needed_text $field:ident) => { $visitor.text(Some($me.$field())) };
    (@visit $me:ident $visitor:ident time $field:ident $raw:ident) => { $visitor.time($me.$raw(), || $me.$field()) };
    (@visit $me:ident $visitor:ident result_code $field:ident) => { $visitor.integer(Some($me.$field().number())) };
    (@visit $me:ident $visitor:ident needed_object $field:ident) => { $visitor.object(Some($me.$field())) };
    (@visit $me:ident $visitor:ident rare_object $field:ident) => { $visitor.object($me.$field()) };
    (@visit $me:ident $visitor:ident $kind:ident $field:ident) => { $visitor.$kind($me.$field()) };

    (@getters $life:lifetime $me:ident $receiver:tt ($text:expr) $($(#[$doc:meta])* $kind:ident $field:ident $(($alias:ident))? $(/ $raw:ident)? $(: $object:ident $inner:ident)?;)*) => {
        $(callback_object!(@get $life $me $receiver ($text) [$(#[$doc])*] $kind $field $($raw)? $($object $inner)?);)*

        /// Fields that this library does not know, and known fields of an unexpected shape.
        pub fn extra $receiver -> $crate::callback::entries::Extra<$life> {
            $crate::callback::entries::Extra::new($text, $me.fields.extra)
        }
    };

    (@get $life:lifetime $me:ident $receiver:tt ($text:expr) [$($doc:tt)*] text $field:ident) => {
        $($doc)*
        #[inline]
        pub fn $field $receiver -> Option<&$life str> {
            $me.fields.$field.map(|span| $text.get(span))
        }
    };
    (@get $life:lifetime $me:ident $receiver:tt ($text:expr) [$($doc:tt)*] needed_text $field:ident) => {
        $($doc)*
        #[inline]
        pub fn $field $receiver -> &$life str {
            $me.fields.$field.map_or("", |span| $text.get(span))
        }
    };
    (@get $life:lifetime $me:ident $receiver:tt ($text:expr) [$($doc:tt)*] time $field:ident $raw:ident) => {
        $($doc)*
        #[doc = ""]
        #[doc = concat!(
            "`None` if it is absent or not an RFC 3339 date-time; its text as received is in [`", stringify!($raw), "`](Self::",
            stringify!($raw), ")."
        )]
        pub fn $field $receiver -> Option<$crate::callback::timestamp::Timestamp> {
            $me.$raw().and_then($crate::callback::timestamp::Timestamp::parse)
        }

        #[doc = concat!("The text of [`", stringify!($field), "`](Self::", stringify!($field), ") as received.")]
        pub fn $raw $receiver -> Option<&$life str> {
            $me.fields.$field.map(|span| $text.get(span))
        }
    };
    (@get $life:lifetime $me:ident $receiver:tt ($text:expr) [$($doc:tt)*] integer $field:ident) => {
        $($doc)*
        pub fn $field $receiver -> Option<i64> {
            $me.fields.$field
        }
    };
    (@get $life:lifetime $me:ident $receiver:tt ($text:expr) [$($doc:tt)*] number $field:ident) => {
        $($doc)*
        pub fn $field $receiver -> Option<f64> {
            $me.fields.$field
        }
    };
    (@get $life:lifetime $me:ident $receiver:tt ($text:expr) [$($doc:tt)*] result_code $field:ident) => {
        $($doc)*
        pub fn $field $receiver -> $crate::answer::ResultCode {
            $me.fields.$field.unwrap_or_default().into()
        }
    };
    (@get $life:lifetime $me:ident $receiver:tt ($text:expr) [$($doc:tt)*] flag $field:ident) => {
        $($doc)*
        pub fn $field $receiver -> Option<bool> {
            $me.fields.$field
        }
    };
    (@get $life:lifetime $me:ident $receiver:tt ($text:expr) [$($doc:tt)*] list $field:ident) => {
        $($doc)*
        pub fn $field $receiver -> Option<impl ExactSizeIterator<Item = &$life str> + use<$life>> {
            let text = $text;
            $me.fields.$field.map(|list| text.spans(list.0).iter().map(|span| text.get(*span)))
        }
    };
    (@get $life:lifetime $me:ident $receiver:tt ($text:expr) [$($doc:tt)*] parameters $field:ident) => {
        $($doc)*
        pub fn $field $receiver -> Option<$crate::callback::entries::Parameters<$life>> {
            $me.fields.$field.map(|entries| $crate::callback::entries::Parameters::new($text, entries))
        }
    };
    (@get $life:lifetime $me:ident $receiver:tt ($text:expr) [$($doc:tt)*] object $field:ident $type:ident $inner:ident) => {
        $($doc)*
        pub fn $field $receiver -> Option<$type<$life>> {
            $me.fields.$field.as_ref().map(|fields| $type::new($text, fields))
        }
    };
    (@get $life:lifetime $me:ident $receiver:tt ($text:expr) [$($doc:tt)*] rare_object $field:ident $type:ident $inner:ident) => {
        $($doc)*
        pub fn $field $receiver -> Option<$type<$life>> {
            $me.fields.$field.as_ref().map(|fields| $type::new($text, &fields.0))
        }
    };
    (@get $life:lifetime $me:ident $receiver:tt ($text:expr) [$($doc:tt)*] objects $field:ident $type:ident $inner:ident) => {
        $($doc)*
        pub fn $field $receiver -> Option<impl ExactSizeIterator<Item = $type<$life>> + use<$life>> {
            let text = $text;
            $me.fields.$field.as_ref().map(|objects| objects.0.iter().map(move |fields| $type::new(text, fields)))
        }
    };
    (@get $life:lifetime $me:ident $receiver:tt ($text:expr) [$($doc:tt)*] needed_object $field:ident $type:ident $inner:ident) => {
        $($doc)*
        pub fn $field $receiver -> $type<$life> {
            static ABSENT: $inner = $inner::EMPTY;
            $type::new($text, $me.fields.$field.as_ref().unwrap_or(&ABSENT))
        }
    };
}

pub(super) use callback_object;
