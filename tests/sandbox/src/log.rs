//! One readable line for each request, and one for each callback that came to nothing.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use crate::clock;

/// Where the lines go. Secrets, numbers and message texts are not among what callers pass.
#[derive(Clone)]
pub(crate) struct Log(Option<Arc<Mutex<Box<dyn Write + Send>>>>);

impl Log {
    pub(crate) fn off() -> Self {
        Self(None)
    }

    pub(crate) fn to(writer: impl Write + Send + 'static) -> Self {
        Self(Some(Arc::new(Mutex::new(Box::new(writer)))))
    }

    pub(crate) fn line(&self, text: impl FnOnce() -> String) {
        let Some(writer) = &self.0 else { return };
        let line = format!("{} {}\n", clock::rfc3339(SystemTime::now()), text());
        let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
        // A log that cannot be written is no reason to stop serving.
        let _ = writer.write_all(line.as_bytes()).and_then(|()| writer.flush());
    }
}
