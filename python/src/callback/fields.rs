//! The fields of callbacks as attributes in Python, from core's declarations.

/// Writes the methods of a class: the given ones, an attribute for each declared field, `extra` and `extra_json`.
///
/// The class has a method `view`, which returns core's object, and, if some of its fields are objects, a method
/// `received`, which returns the message that they are parts of. A field `kind (r#type)` is `type` in Python.
macro_rules! attributes {
    ($name:ident [$($methods:tt)*] { $($fields:tt)* }) => {
        attributes! { @next $name [$($methods)*] $($fields)* }
    };
    (@next $name:ident [$($methods:tt)*]) => {
        #[linkwa_python_macros::panic_boundary]
        #[pymethods]
        impl $name {
            $($methods)*

            /// Fields that this library does not know, and known fields of an unexpected shape, decoded at each access.
            /// An integer with more digits than int accepts (usually 4,300) is a Decimal.
            #[getter]
            fn extra<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
                $crate::callback::value::decoded(py, self.view().map(|view| view.extra()))
            }

            /// The same fields as `extra`: their JSON texts, exactly as received.
            #[getter]
            fn extra_json<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
                $crate::callback::value::json_texts(py, self.view().map(|view| view.extra()))
            }
        }
    };
    (@next $name:ident [$($methods:tt)*] $(#[$doc:meta])* text $field:ident ($alias:ident) = $wire:literal; $($rest:tt)*) => {
        attributes! { @next $name [$($methods)*
            $(#[$doc])*
            #[getter]
            fn $alias(&self) -> Option<&str> {
                self.view()?.$field()
            }
        ] $($rest)* }
    };
    (@next $name:ident [$($methods:tt)*] $(#[$doc:meta])* text $field:ident = $wire:literal; $($rest:tt)*) => {
        attributes! { @next $name [$($methods)*
            $(#[$doc])*
            #[getter]
            fn $field(&self) -> Option<&str> {
                self.view()?.$field()
            }
        ] $($rest)* }
    };
    (@next $name:ident [$($methods:tt)*] $(#[$doc:meta])* needed_text $field:ident = $wire:literal; $($rest:tt)*) => {
        attributes! { @next $name [$($methods)*
            $(#[$doc])*
            #[getter]
            fn $field(&self) -> Option<&str> {
                self.view().map(|view| view.$field())
            }
        ] $($rest)* }
    };
    (@next $name:ident [$($methods:tt)*] $(#[$doc:meta])* integer $field:ident = $wire:literal; $($rest:tt)*) => {
        attributes! { @next $name [$($methods)*
            $(#[$doc])*
            #[getter]
            fn $field(&self) -> Option<i64> {
                self.view()?.$field()
            }
        ] $($rest)* }
    };
    (@next $name:ident [$($methods:tt)*] $(#[$doc:meta])* result_code $field:ident = $wire:literal; $($rest:tt)*) => {
        attributes! { @next $name [$($methods)*
            $(#[$doc])*
            #[doc = ""]
            #[doc = "A number of `ResultCode`, or one that is newer."]
            #[getter]
            fn $field(&self) -> Option<i64> {
                self.view().map(|view| view.$field().number())
            }
        ] $($rest)* }
    };
    (@next $name:ident [$($methods:tt)*] $(#[$doc:meta])* flag $field:ident = $wire:literal; $($rest:tt)*) => {
        attributes! { @next $name [$($methods)*
            $(#[$doc])*
            #[getter]
            fn $field(&self) -> Option<bool> {
                self.view()?.$field()
            }
        ] $($rest)* }
    };
    (@next $name:ident [$($methods:tt)*] $(#[$doc:meta])* time $field:ident / $raw:ident = $wire:literal; $($rest:tt)*) => {
        attributes! { @next $name [$($methods)*
            $(#[$doc])*
            #[doc = ""]
            #[doc = concat!(
                "With its original offset, to the microsecond. None if it is absent, not an RFC 3339 date-time, or out of \
                 range for a datetime; its text as received is in `", stringify!($raw), "`."
            )]
            #[getter]
            fn $field(&self) -> $crate::callback::value::Moment {
                $crate::callback::value::Moment(self.view().and_then(|view| view.$field()))
            }

            #[doc = concat!("The text of `", stringify!($field), "` as received.")]
            #[getter]
            fn $raw(&self) -> Option<&str> {
                self.view()?.$raw()
            }
        ] $($rest)* }
    };
    (@next $name:ident [$($methods:tt)*] $(#[$doc:meta])* list $field:ident = $wire:literal; $($rest:tt)*) => {
        attributes! { @next $name [$($methods)*
            $(#[$doc])*
            #[getter]
            fn $field(&self) -> Option<$crate::callback::value::List<'_>> {
                self.view()?.$field().map(|texts| $crate::callback::value::List(texts.collect()))
            }
        ] $($rest)* }
    };
    (@next $name:ident [$($methods:tt)*] $(#[$doc:meta])* parameters $field:ident = $wire:literal; $($rest:tt)*) => {
        attributes! { @next $name [$($methods)*
            $(#[$doc])*
            #[doc = ""]
            #[doc = "A new dict at each access."]
            #[getter]
            fn $field(&self) -> Option<$crate::callback::value::Texts<'_>> {
                self.view()?.$field().map($crate::callback::value::Texts)
            }
        ] $($rest)* }
    };
    (@next $name:ident [$($methods:tt)*] $(#[$doc:meta])* number $field:ident = $wire:literal; $($rest:tt)*) => {
        attributes! { @next $name [$($methods)*
            $(#[$doc])*
            #[getter]
            fn $field(&self) -> Option<f64> {
                self.view()?.$field()
            }
        ] $($rest)* }
    };
    (@next $name:ident [$($methods:tt)*] $(#[$doc:meta])* objects $field:ident = $wire:literal: $type:ident; $($rest:tt)*) => {
        attributes! { @next $name [$($methods)*
            $(#[$doc])*
            #[getter]
            fn $field<'py>(slf: &Bound<'py, Self>) -> PyResult<Option<Bound<'py, PyTuple>>> {
                use $crate::callback::part::{$type, tuple};
                let count = slf.get().view().and_then(|view| Some(view.$field()?.len()));
                let (message, at) = Self::received(slf);
                tuple(slf.py(), count, |index| $type::of(message, $type::at(at, index)))
            }
        ] $($rest)* }
    };
    (@next $name:ident [$($methods:tt)*] $(#[$doc:meta])* $object:ident $field:ident = $wire:literal: $type:ident; $($rest:tt)*) => {
        attributes! { @next $name [$($methods)*
            $(#[$doc])*
            #[getter]
            fn $field(slf: &Bound<'_, Self>) -> Option<$crate::callback::part::$type> {
                let (message, at) = Self::received(slf);
                $crate::callback::part::$type::of(message, at)
            }
        ] $($rest)* }
    };
}

pub(super) use attributes;
