//! Arguments: converts what C passes to Rust types.
//!
//! Objects cross the boundary as `Option<&T>`, `Option<&mut T>` and `Option<Box<T>>`, which are pointers that may be NULL;
//! texts, arrays and the caller's pointers as the types below. The header asks of callers that a pointer which is not NULL
//! points to what its type says, that a text ends with NUL, and that an array is as long as they say. Every `SAFETY` comment
//! relies on that, because it cannot be checked. This file and `out.rs` have every pointer cast of the crate.

use std::ffi::{CStr, c_char, c_void};
use std::marker::PhantomData;
use std::ptr;
use std::str::Utf8Error;

use crate::binding_error::BindingError;

/// An argument that must not be NULL.
pub(crate) fn require<T>(argument: Option<T>, name: &str) -> Result<T, BindingError> {
    argument.ok_or_else(|| BindingError::null(name))
}

/// Two arguments that must both be valid.
pub(crate) fn both<A, B>(
    first: Result<A, BindingError>,
    second: Result<B, BindingError>,
) -> Result<(A, B), BindingError> {
    Ok((first?, second?))
}

/// A text that ends with NUL, from C or for C: `const char *`.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Text<'a>(*const c_char, PhantomData<&'a c_char>);

// SAFETY: it is a shared reference to bytes that are not written to.
unsafe impl Send for Text<'_> {}
// Whether it points to these bytes.
unsafe impl Sync for Text<'_> {}

impl<'a> Text<'a> {
    /// NULL.
    pub(crate) const NULL: Self = Self(ptr::null(), PhantomData);

    /// A text for C.
    pub(crate) const fn new(text: &'a CStr) -> Self {
        Self(text.as_ptr(), PhantomData)
    }

    /// Bytes for C, with a NUL at their end.
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        debug_assert!(bytes.contains(&0), "C would read on");
        Self(bytes.as_ptr().cast(), PhantomData)
    }

    /// The text, which must be given.
    pub(crate) fn get(self, name: &str) -> Result<&'a str, BindingError> {
        self.optional(name)?.ok_or_else(|| BindingError::null(name))
    }

    /// The text, if it is given.
    pub(crate) fn optional(self, name: &str) -> Result<Option<&'a str>, BindingError> {
        if self.0.is_null() {
            return Ok(None);
        }
        // SAFETY: a text from C that is not NULL ends with NUL and lives as long as the call.
        let text = unsafe { CStr::from_ptr(self.0) };
        text.to_str().map(Some).map_err(|error| not_utf8(name, error))
    }

    /// The bytes of the text, which must be given. They may be invalid UTF-8.
    pub(crate) fn bytes(self, name: &str) -> Result<&'a [u8], BindingError> {
        if self.0.is_null() {
            return Err(BindingError::null(name));
        }
        // SAFETY: as above.
        Ok(unsafe { CStr::from_ptr(self.0) }.to_bytes())
    }

    /// Whether this text stands at the address of `bytes`.
    pub(crate) fn is_at(self, bytes: &[u8]) -> bool {
        ptr::eq(self.0.cast(), bytes.as_ptr())
    }

    /// Its address.
    pub(crate) fn address(self) -> usize {
        self.0.addr()
    }
}

fn not_utf8(name: &str, error: Utf8Error) -> BindingError {
    BindingError::argument(format!("`{name}` is not valid UTF-8 (byte {})", error.valid_up_to()))
}

/// Bytes and their length from C. `const char *`.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Bytes<'a>(*const c_char, PhantomData<&'a c_char>);

impl<'a> Bytes<'a> {
    /// Bytes as C passes them.
    #[cfg(test)]
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        Self(bytes.as_ptr().cast(), PhantomData)
    }

    /// The bytes. The pointer must not be NULL, even if `len` is 0.
    pub(crate) fn get(self, len: usize, name: &str) -> Result<&'a [u8], BindingError> {
        slice(self.0.cast(), len, name)
    }

    /// The bytes, as UTF-8. The pointer must not be NULL.
    pub(crate) fn text(self, len: usize, name: &str) -> Result<&'a str, BindingError> {
        let bytes = self.get(len, name)?;
        std::str::from_utf8(bytes).map_err(|error| not_utf8(name, error))
    }
}

/// An array of texts from C. `const char *const *`.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Texts<'a>(*const Text<'a>, PhantomData<&'a c_char>);

impl<'a> Texts<'a> {
    /// Texts for C.
    pub(crate) fn of(texts: &'a [Text<'a>]) -> Self {
        Self(texts.as_ptr(), PhantomData)
    }

    /// The texts. None of them may be NULL.
    pub(crate) fn get<C: FromIterator<&'a str>>(self, len: usize, name: &str) -> Result<C, BindingError> {
        let texts = slice(self.0, len, name)?.iter().enumerate();
        // The name with the index is built only for the error.
        texts.map(|(index, text)| text.get("").or_else(|_| text.get(&format!("{name}[{index}]")))).collect()
    }
}

/// The items of an array from C. The pointer must not be NULL, even if `len` is 0.
pub(crate) fn slice<'a, T>(first: *const T, len: usize, name: &str) -> Result<&'a [T], BindingError> {
    if first.is_null() {
        return Err(BindingError::null(name));
    }
    if len.checked_mul(size_of::<T>()).is_none_or(|bytes| bytes > isize::MAX.unsigned_abs()) {
        return Err(BindingError::argument(format!("`{name}` has an impossible length")));
    }
    if !first.is_aligned() {
        return Err(BindingError::argument(format!("`{name}` is not aligned")));
    }
    // SAFETY: an array from C that is not NULL has as many items as C says, and lives as long as the call.
    Ok(unsafe { std::slice::from_raw_parts(first, len) })
}

/// The caller's pointer for a callback function. It is passed back unchanged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UserData(*mut c_void);

// it is only passed back; the header says that callbacks run on other threads.
unsafe impl Send for UserData {}
// SAFETY: as above.
unsafe impl Sync for UserData {}

impl UserData {
    pub(crate) fn new(pointer: *mut c_void) -> Self {
        Self(pointer)
    }

    pub(crate) fn pointer(self) -> *mut c_void {
        self.0
    }
}

/// An object that two arguments may name, or that a callback of the caller may change during the call. References to it
/// last only as long as a call of [`with`](Self::with) or [`with_mut`](Self::with_mut).
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Object<T>(*mut T);

impl<T> Object<T> {
    /// Reads the object, which must be given.
    pub(crate) fn with<R>(
        self,
        name: &str,
        read: impl FnOnce(&T) -> Result<R, BindingError>,
    ) -> Result<R, BindingError> {
        // SAFETY: an object from C that is not NULL came from `into_raw` and is not freed yet, and no thread changes it now.
        unsafe { self.0.as_ref() }.ok_or_else(|| BindingError::null(name)).and_then(read)
    }

    /// Changes the object, if it is given.
    pub(crate) fn with_mut<R>(self, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        // SAFETY: as above, and no other reference to it is alive.
        unsafe { self.0.as_mut() }.map(change)
    }
}

/// Plays the C side in tests.
#[cfg(test)]
mod as_c {
    use super::{PhantomData, Text};

    impl<'a> Text<'a> {
        /// The first `len` bytes and the NUL behind them; `None` if it is NULL.
        pub(crate) fn read(self, len: usize) -> Option<&'a [u8]> {
            // SAFETY: a text of ours is as long as we say and has a NUL behind it.
            (!self.0.is_null()).then(|| unsafe { std::slice::from_raw_parts(self.0.cast(), len + 1) })
        }

        /// The text that begins `bytes` bytes further on in the same buffer.
        pub(crate) fn after(self, bytes: usize) -> Self {
            Self(self.0.wrapping_add(bytes), PhantomData)
        }
    }
}
