//! Why a call fails.

use crate::status::linkwa_status;

/// Why a call fails.
#[derive(Clone, Debug)]
pub(crate) enum BindingError {
    /// An argument is wrong. The text says which, and how.
    Argument(String),
    /// An error of core.
    Core(Box<linkwa::Error>),
    /// An earlier setter of the object panicked.
    Interrupted,
}

impl BindingError {
    pub(crate) fn argument(message: impl Into<String>) -> Self {
        Self::Argument(message.into())
    }

    pub(crate) fn null(name: &str) -> Self {
        Self::Argument(format!("`{name}` is NULL"))
    }

    pub(crate) fn status(&self) -> linkwa_status {
        match self {
            Self::Argument(_) => linkwa_status::LINKWA_INVALID_ARGUMENT,
            Self::Core(error) => error.code().into(),
            Self::Interrupted => linkwa_status::LINKWA_INTERNAL,
        }
    }

    /// The full message.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::Argument(_) => format!("invalid argument: {}", self.detail()),
            Self::Core(_) | Self::Interrupted => self.detail(),
        }
    }

    /// The message without the kind of error.
    pub(crate) fn detail(&self) -> String {
        match self {
            Self::Argument(message) => message.clone(),
            Self::Core(error) => error.to_string(),
            Self::Interrupted => "internal error of linkwa: a setter of this object panicked".to_owned(),
        }
    }
}

impl From<linkwa::Error> for BindingError {
    fn from(error: linkwa::Error) -> Self {
        Self::Core(Box::new(error))
    }
}
