//! Where what C gives becomes Rust's, and back: every pointer cast of the crate is in this file.
//!
//! Objects cross the boundary as `Option<&T>` and `Option<Box<T>>`, which are pointers that may be NULL; texts, arrays and
//! caller's pointers as the types below. That a pointer which is not NULL points to what its type says, that a text ends
//! with NUL and an array is as long as is said: this is what the header asks of callers, what every `SAFETY` here stands on,
//! and what nobody can check.

use std::ffi::{CStr, c_char, c_void};
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ptr;
use std::str::Utf8Error;

use crate::binding_error::BindingError;

/// An argument that must not be NULL.
pub(crate) fn given<T>(argument: Option<T>, name: &str) -> Result<T, BindingError> {
    argument.ok_or_else(|| BindingError::null(name))
}

/// Two arguments of which both must be in order.
pub(crate) fn both<A, B>(
    first: Result<A, BindingError>,
    second: Result<B, BindingError>,
) -> Result<(A, B), BindingError> {
    Ok((first?, second?))
}

/// Writes to a place that may be NULL.
pub(crate) fn write<T>(place: Option<&mut MaybeUninit<T>>, value: T) {
    if let Some(place) = place {
        place.write(value);
    }
}

/// Writes a value that may be missing, and says whether it is there; nothing is written if not.
pub(crate) fn write_some<T>(place: Option<&mut MaybeUninit<T>>, value: Option<T>) -> bool {
    let is_there = value.is_some();
    if let Some(value) = value {
        write(place, value);
    }
    is_there
}

/// A text, ended by NUL: one that C gives, or one that it gets. `const char *`.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Text<'a>(*const c_char, PhantomData<&'a c_char>);

// SAFETY: it is a shared reference to bytes that nobody writes to.
unsafe impl Send for Text<'_> {}
// SAFETY: as above.
unsafe impl Sync for Text<'_> {}

impl<'a> Text<'a> {
    /// NULL.
    pub(crate) const NULL: Self = Self(ptr::null(), PhantomData);

    /// A text that C gets.
    pub(crate) const fn new(text: &'a CStr) -> Self {
        Self(text.as_ptr(), PhantomData)
    }

    /// Bytes that C gets; a NUL must stand behind them, or among them.
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

    /// The bytes of the text, which must be given and need not be UTF-8.
    pub(crate) fn bytes(self, name: &str) -> Result<&'a [u8], BindingError> {
        if self.0.is_null() {
            return Err(BindingError::null(name));
        }
        // SAFETY: as above.
        Ok(unsafe { CStr::from_ptr(self.0) }.to_bytes())
    }

    /// Whether it is the text that stands there.
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

/// Bytes that C gives with their length. `const char *`.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Bytes<'a>(*const c_char, PhantomData<&'a c_char>);

impl<'a> Bytes<'a> {
    /// Bytes as C would give them.
    #[cfg(test)]
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        Self(bytes.as_ptr().cast(), PhantomData)
    }

    /// The bytes, which must be given, even if there are none.
    pub(crate) fn get(self, len: usize, name: &str) -> Result<&'a [u8], BindingError> {
        slice(self.0.cast(), len, name)
    }

    /// The bytes, which must be given and UTF-8.
    pub(crate) fn text(self, len: usize, name: &str) -> Result<&'a str, BindingError> {
        let bytes = self.get(len, name)?;
        std::str::from_utf8(bytes).map_err(|error| not_utf8(name, error))
    }
}

/// Texts that C gives with their number. `const char *const *`.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Texts<'a>(*const Text<'a>, PhantomData<&'a c_char>);

impl<'a> Texts<'a> {
    /// The texts, each of which must be given.
    pub(crate) fn get<C: FromIterator<&'a str>>(self, len: usize, name: &str) -> Result<C, BindingError> {
        let texts = slice(self.0, len, name)?.iter().enumerate();
        // Its own name is made only where it is told.
        texts.map(|(index, text)| text.get("").or_else(|_| text.get(&format!("{name}[{index}]")))).collect()
    }
}

/// An array that C gives with the number of its items; it must be given, even if there are none.
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

/// Room for `len` bytes that C gives; `None` if it is NULL.
pub(crate) fn room<'a>(first: *mut c_char, len: usize) -> Option<&'a mut [MaybeUninit<u8>]> {
    // SAFETY: room from C that is not NULL is as large as the header asks for, and nobody else uses it during the call.
    (!first.is_null()).then(|| unsafe { std::slice::from_raw_parts_mut(first.cast(), len) })
}

/// Writes to a place, which may be NULL, that the caller's functions may have used during the call.
pub(crate) fn write_late<T>(place: *mut T, value: T) {
    if !place.is_null() {
        // SAFETY: a place from C that is not NULL has room for what its type says.
        unsafe { place.write(value) };
    }
}

/// A pointer that the caller gives for their own function, and gets back there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UserData(*mut c_void);

// SAFETY: it is only handed on; the header says that their function is called on other threads.
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

/// An object that C gives, to which no reference lasts longer than a call of [`with`](Self::with) or
/// [`with_mut`](Self::with_mut): two arguments may be the same object, and a function of the caller's may change it.
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
        // SAFETY: an object from C that is not NULL was handed over by us and not freed yet, and nobody changes it meanwhile.
        unsafe { self.0.as_ref() }.ok_or_else(|| BindingError::null(name)).and_then(read)
    }

    /// Changes the object, if it is given.
    pub(crate) fn with_mut<R>(self, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        // SAFETY: as above, and no other reference to it is alive.
        unsafe { self.0.as_mut() }.map(change)
    }
}

/// Makes an object that C owns from now on.
#[expect(clippy::unnecessary_wraps, reason = "it is a pointer that might have been NULL")]
pub(crate) fn hand_over<T>(object: T) -> Option<Box<T>> {
    Some(Box::new(object))
}

/// Takes an object back that others may still be looking at; `end` waits for them.
pub(crate) fn take_back<T>(object: *mut T, end: impl FnOnce(&T)) {
    if object.is_null() {
        return;
    }
    // SAFETY: an object from C that is not NULL was handed over by us and not freed yet.
    end(unsafe { &*object });
    // SAFETY: as above; nobody looks at it any more.
    drop(unsafe { Box::from_raw(object) });
}

/// A text of ours for C, with the NUL that it needs behind it. U+0000 may be in it too.
#[derive(Clone, Debug, Default)]
pub(crate) struct CText(Box<[u8]>);

impl CText {
    pub(crate) fn new(text: impl AsRef<[u8]>) -> Self {
        let text = text.as_ref();
        let mut bytes = Vec::with_capacity(text.len() + 1);
        bytes.extend_from_slice(text);
        bytes.push(0);
        Self(bytes.into())
    }

    /// For C.
    pub(crate) fn text(&self) -> Text<'_> {
        if self.0.is_empty() { Text::new(c"") } else { Text::of(&self.0) }
    }

    /// Its bytes, without the NUL behind them.
    pub(crate) fn len(&self) -> usize {
        self.0.len().saturating_sub(1)
    }
}

impl From<&str> for CText {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

/// For C: the text, or NULL if there is none.
pub(crate) fn text_of(text: Option<&CText>) -> Text<'_> {
    text.map_or(Text::NULL, CText::text)
}

/// The length of that one of the texts which stands at this place; 0 if it is none of them.
pub(crate) fn len_among<'t>(text: Text<'_>, texts: impl IntoIterator<Item = &'t CText>) -> usize {
    texts.into_iter().find(|candidate| text.is_at(&candidate.0)).map_or(0, CText::len)
}

/// What tests need to be C.
#[cfg(test)]
pub(crate) mod as_c {
    use super::{Bytes, MaybeUninit, PhantomData, Text};

    /// What a call gives with a place, and what is there then.
    pub(crate) fn with_place<T, R>(before: T, call: impl FnOnce(Option<&mut MaybeUninit<T>>) -> R) -> (R, T) {
        let mut place = MaybeUninit::new(before);
        let given = call(Some(&mut place));
        // SAFETY: it was written here, and by nobody but with a value.
        (given, unsafe { place.assume_init() })
    }

    impl<'a> Text<'a> {
        /// So many of its bytes and the NUL behind them; `None` if it is NULL.
        pub(crate) fn read(self, len: usize) -> Option<&'a [u8]> {
            // SAFETY: a text of ours is as long as we say and has a NUL behind it.
            (!self.0.is_null()).then(|| unsafe { std::slice::from_raw_parts(self.0.cast(), len + 1) })
        }

        /// The text that begins so many bytes further on, within it.
        pub(crate) fn after(self, bytes: usize) -> Self {
            Self(self.0.wrapping_add(bytes), PhantomData)
        }
    }

    impl Bytes<'_> {
        /// NULL.
        pub(crate) const NULL: Self = Self(std::ptr::null(), PhantomData);
    }
}
