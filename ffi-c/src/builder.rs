//! Objects that C fills in call by call.

use crate::binding_error::BindingError;
use crate::status::linkwa_status;

/// A value that C fills in call by call. It belongs to one thread at a time.
///
/// The builder remembers the first setter that fails, and each later use fails with that error. A program that ignores
/// the status of a setter therefore never sends something that it did not mean.
#[derive(Debug)]
pub(crate) struct Builder<T> {
    /// `None` after an `update` that panicked.
    value: Option<T>,
    error: Option<BindingError>,
    /// Stays set after a `change` that panicked.
    is_changing: bool,
}

impl<T> Builder<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { value: Some(value), error: None, is_changing: false }
    }

    /// A value whose constructor failed.
    pub(crate) fn invalid(value: T, error: BindingError) -> Self {
        Self { error: Some(error), ..Self::new(value) }
    }

    /// The value, if no setter failed.
    pub(crate) fn get(&self) -> Result<&T, BindingError> {
        match (&self.error, &self.value) {
            (Some(error), _) => Err(error.clone()),
            (None, Some(value)) if !self.is_changing => Ok(value),
            (None, _) => Err(BindingError::Interrupted),
        }
    }

    /// Replaces the value by the result of `update`.
    pub(crate) fn update<A>(
        &mut self,
        arguments: Result<A, BindingError>,
        update: impl FnOnce(T, A) -> T,
    ) -> linkwa_status {
        let updated = arguments.and_then(|arguments| {
            let value = self.value.take().ok_or(BindingError::Interrupted)?;
            self.value = Some(update(value, arguments));
            Ok(())
        });
        self.finish(updated)
    }

    /// Changes the value in place. `change` must leave the value as it is when it fails.
    pub(crate) fn change<A>(
        &mut self,
        arguments: Result<A, BindingError>,
        change: impl FnOnce(&mut T, A) -> Result<(), BindingError>,
    ) -> linkwa_status {
        let changed = arguments.and_then(|arguments| match &mut self.value {
            Some(value) if !self.is_changing => {
                // Not an assignment: the compiler does not see that a panic leaves it.
                let before = std::mem::replace(&mut self.is_changing, true);
                let changed = change(value, arguments);
                self.is_changing = before;
                changed
            }
            _ => Err(BindingError::Interrupted),
        });
        self.finish(changed)
    }

    /// Remembers the first error.
    fn finish(&mut self, result: Result<(), BindingError>) -> linkwa_status {
        match result {
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
    fn a_value_whose_setter_panicked_is_not_used() {
        let (mut changed, mut updated) = (Builder::new(1), Builder::new(1));
        let change = || {
            changed.change(Ok(()), |value, ()| {
                *value = 2;
                panic!("expected")
            })
        };
        catch_unwind(AssertUnwindSafe(change)).expect_err("a panic");
        let update = || updated.update(Ok(()), |_, ()| panic!("expected"));
        catch_unwind(AssertUnwindSafe(update)).expect_err("a panic");
        for mut builder in [changed, updated] {
            assert_eq!(message_of(&builder), BindingError::Interrupted.detail());
            assert_eq!(builder.change(Ok(()), |_, ()| Ok(())), linkwa_status::LINKWA_INTERNAL);
            assert_eq!(message_of(&builder), BindingError::Interrupted.detail());
        }
    }
}
