//! Objects that C puts together call by call.

use crate::binding_error::BindingError;
use crate::status::linkwa_status;

/// A value that C puts together call by call. It belongs to one thread at a time.
///
/// The first setter that fails is remembered, and each later use of the value fails with its error: a program that ignores
/// the status of a setter does not send something else than it meant.
#[derive(Debug)]
pub(crate) struct Builder<T> {
    /// `None` after a setter that panicked.
    value: Option<T>,
    error: Option<BindingError>,
}

impl<T> Builder<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { value: Some(value), error: None }
    }

    /// A value whose constructor failed.
    pub(crate) fn invalid(value: T, error: BindingError) -> Self {
        Self { value: Some(value), error: Some(error) }
    }

    /// The value, if no setter failed.
    pub(crate) fn get(&self) -> Result<&T, BindingError> {
        match (&self.error, &self.value) {
            (Some(error), _) => Err(error.clone()),
            (None, Some(value)) => Ok(value),
            (None, None) => Err(BindingError::interrupted()),
        }
    }

    /// Replaces the value by what `update` makes of it.
    pub(crate) fn update<A>(
        &mut self,
        arguments: Result<A, BindingError>,
        update: impl FnOnce(T, A) -> T,
    ) -> linkwa_status {
        self.apply(arguments, |value, arguments| (update(value, arguments), Ok(())))
    }

    /// Changes the value in place. Where `change` fails, it has changed nothing.
    pub(crate) fn change<A>(
        &mut self,
        arguments: Result<A, BindingError>,
        change: impl FnOnce(&mut T, A) -> Result<(), BindingError>,
    ) -> linkwa_status {
        self.apply(arguments, |mut value, arguments| {
            let changed = change(&mut value, arguments);
            (value, changed)
        })
    }

    fn apply<A>(
        &mut self,
        arguments: Result<A, BindingError>,
        apply: impl FnOnce(T, A) -> (T, Result<(), BindingError>),
    ) -> linkwa_status {
        let applied = arguments.and_then(|arguments| {
            let value = self.value.take().ok_or_else(BindingError::interrupted)?;
            let (value, applied) = apply(value, arguments);
            self.value = Some(value);
            applied
        });
        match applied {
            Ok(()) => linkwa_status::LINKWA_OK,
            Err(error) => {
                let status = error.status();
                self.error.get_or_insert(error);
                status
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    fn message_of(builder: &Builder<u64>) -> String {
        builder.get().expect_err("an error").detail()
    }

    #[test]
    fn the_first_error_is_kept_and_a_failed_change_changes_nothing() {
        let mut builder = Builder::new(1);
        assert_eq!(builder.update(Ok(2), |value, added| value + added), linkwa_status::LINKWA_OK);
        assert_eq!(builder.get().ok(), Some(&3));
        let status = builder.change(Ok(()), |_, ()| Err(BindingError::argument("first")));
        assert_eq!(status, linkwa_status::LINKWA_INVALID_ARGUMENT);
        let status = builder.update(Err::<(), _>(BindingError::argument("second")), |value, ()| value);
        assert_eq!(status, linkwa_status::LINKWA_INVALID_ARGUMENT);
        assert_eq!(builder.update(Ok(2), |value, added| value + added), linkwa_status::LINKWA_OK);
        assert_eq!(message_of(&builder), "first");
        assert_eq!(builder.value, Some(5));
    }

    #[test]
    fn a_value_whose_change_panicked_is_not_used() {
        let mut builder = Builder::new(1);
        let change = || {
            builder.change(Ok(()), |value, ()| {
                *value = 2;
                panic!("expected")
            })
        };
        catch_unwind(AssertUnwindSafe(change)).expect_err("a panic");
        assert_eq!(message_of(&builder), BindingError::interrupted().detail());
        assert_eq!(builder.update(Ok(2), |value, added| value + added), linkwa_status::LINKWA_INTERNAL);
        assert_eq!(message_of(&builder), BindingError::interrupted().detail());
    }
}
