//! A send that runs on a worker.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::delivery::SendState;
use crate::error::{Error, Reason};
use crate::response::{FromSuccess, SendResult};

/// A send under way on a worker; see [`Client::submit`](crate::Client::submit). Dropping it does not stop the send.
///
/// A [`Client::submit_http_request`](crate::Client::submit_http_request) has a `Pending<HttpResponse>`; what is said here of
/// a send holds for it too.
///
/// ```no_run
/// # use linkwa::{Client, SendOptions, Text};
/// # use std::time::Duration;
/// # fn f(client: &Client) -> Result<(), linkwa::Error> {
/// let pending = client.submit("+46000000001", Text::new("Hello"), &SendOptions::new())?;
/// if pending.wait_timeout(Duration::from_secs(1)).is_none() {
///     pending.cancel();
/// }
/// match pending.wait() {
///     Ok(sent) => println!("accepted as {:?}", sent.message_ids()),
///     Err(error) => println!("{}: {error}", error.code()),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Pending<T = SendResult>(Arc<SendState>, PhantomData<fn() -> T>);

impl<T: FromSuccess> Pending<T> {
    pub(crate) fn new(state: Arc<SendState>) -> Self {
        Self(state, PhantomData)
    }

    /// The `refId` of the request: yours, or the one that the library made. Empty for an HTTP request.
    pub fn ref_id(&self) -> &str {
        &self.0.ref_id
    }

    /// The same, with results of another type.
    #[doc(hidden)]
    pub fn with_result<U: FromSuccess>(&self) -> Pending<U> {
        Pending::new(Arc::clone(&self.0))
    }

    /// Waits for the result; never longer than the send's own timeout.
    ///
    /// # Errors
    ///
    /// See [`Client`](crate::Client#errors).
    pub fn wait(&self) -> Result<T, Error> {
        let outcome = self.0.wait_until(None);
        outcome.unwrap_or_else(|| Err(Error::internal("a wait without a timeout has ended"))).and_then(T::from_success)
    }

    /// Waits for the result at most this long; `None` if there is no result yet.
    pub fn wait_timeout(&self, timeout: Duration) -> Option<Result<T, Error>> {
        self.0.wait_until(Instant::now().checked_add(timeout)).map(|outcome| outcome.and_then(T::from_success))
    }

    /// The result, if there is one.
    pub fn result(&self) -> Option<Result<T, Error>> {
        self.0.result().map(|outcome| outcome.and_then(T::from_success))
    }

    /// Whether there is a result.
    pub fn is_done(&self) -> bool {
        self.0.is_done()
    }

    /// Calls this function once there is a result: at once if there is one, otherwise on the thread that settles the send,
    /// before its callback runs. For bindings: it must return quickly and must not use the send.
    #[doc(hidden)]
    pub fn watch(&self, watcher: impl FnOnce() + Send + 'static) {
        self.0.watch(Box::new(watcher));
    }

    /// Ends the send now. If no byte of the message had left, none will, and the result is `not_sent` (`cancelled`);
    /// otherwise it is `outcome_unknown` (`cancelled`). Its connection is closed, and its worker is free for the next
    /// send. A send that has ended is not affected.
    pub fn cancel(&self) {
        self.0.cancel_and_notify(Reason::Cancelled);
    }
}
