//! Results for C: values through out-parameters, and objects that C owns.

use std::ffi::c_char;
use std::mem::MaybeUninit;

/// Writes to an out-parameter, which may be NULL.
pub(crate) fn write<T>(place: Option<&mut MaybeUninit<T>>, value: T) {
    if let Some(place) = place {
        place.write(value);
    }
}

/// Writes the value, if there is one. Returns whether there is.
pub(crate) fn write_some<T>(place: Option<&mut MaybeUninit<T>>, value: Option<T>) -> bool {
    let is_there = value.is_some();
    if let Some(value) = value {
        write(place, value);
    }
    is_there
}

/// Writes to an out-parameter, which may be NULL, and which a callback of the caller may have used during the call.
pub(crate) fn write_late<T>(place: *mut T, value: T) {
    if !place.is_null() {
        // SAFETY: an out-parameter from C that is not NULL has room for its type.
        unsafe { place.write(value) };
    }
}

/// The caller's buffer of `len` bytes; `None` if it is NULL.
pub(crate) fn room<'a>(first: *mut c_char, len: usize) -> Option<&'a mut [MaybeUninit<u8>]> {
    // a buffer from C that is not NULL is as large as the header asks for, and nothing else uses it during the call.
    (!first.is_null()).then(|| unsafe { std::slice::from_raw_parts_mut(first.cast(), len) })
}

/// Moves an object to C, which owns it from now on.
#[expect(clippy::unnecessary_wraps, reason = "it is a pointer that might have been NULL")]
pub(crate) fn into_raw<T>(object: T) -> Option<Box<T>> {
    Some(Box::new(object))
}

/// Takes an object back from C and frees it. `end` waits for the threads that still use it.
pub(crate) fn from_raw<T>(object: *mut T, end: impl FnOnce(&T)) {
    if object.is_null() {
        return;
    }
    // SAFETY: an object from C that is not NULL came from `into_raw` and is not freed yet.
    end(unsafe { &*object });
    // SAFETY: as above, and no thread uses it any more.
    drop(unsafe { Box::from_raw(object) });
}

/// What a call returns with an out-parameter, and what is in the out-parameter then.
#[cfg(test)]
pub(crate) fn with_out<T, R>(before: T, call: impl FnOnce(Option<&mut MaybeUninit<T>>) -> R) -> (R, T) {
    let mut out = MaybeUninit::new(before);
    let returned = call(Some(&mut out));
    // SAFETY: it was written here, and afterwards only with values.
    (returned, unsafe { out.assume_init() })
}
