//! Results of sends.

use pyo3::exceptions::PyBaseException;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};
use pyo3::{PyTraverseError, PyVisit};

use crate::class::ClassField;
use crate::error::exception;
use crate::finding::Finding;
use crate::value::{List, Object, Place, Value, wrong_type};

/// Declares a class of results: like `class!`, but its `repr` leaves out the fields that are marked `private`, because
/// results are printed and logged.
macro_rules! result_class {
    (
        $(#[$meta:meta])*
        $name:ident($($signature:tt)*) {
            $($(#[$field_meta:meta])* $visible:ident $kind:ident $field:ident: $type:ty,)*
        }
    ) => {
        $(#[$meta])*
        #[pyclass(frozen, eq, module = "linkwa")]
        #[derive(PartialEq)]
        pub(crate) struct $name {
            $($field: $type,)*
        }

        impl $name {
            fn fields<'py>(&self, py: Python<'py>) -> PyResult<Vec<ClassField<'py>>> {
                Ok(vec![$(ClassField {
                    name: stringify!($field),
                    value: self.$field.write(py)?,
                    given: self.$field.is_given(),
                },)*])
            }

            /// The fields, the private ones only with `details`.
            fn fields_of<'py>(&self, py: Python<'py>, details: bool) -> PyResult<Vec<ClassField<'py>>> {
                let private = [$((stringify!($field), stringify!($visible) == "private")),*];
                let is_private = |name: &str| private.iter().any(|(field, private)| *field == name && *private);
                let mut fields = self.fields(py)?;
                fields.retain(|field| details || !is_private(field.name));
                Ok(fields)
            }
        }

        #[linkwa_python_macros::panic_boundary]
        #[pymethods]
        impl $name {
            #[new]
            #[pyo3(signature = ($($signature)*))]
            #[allow(clippy::too_many_arguments)] // one for each field
            fn new($($field: Option<&Bound<'_, PyAny>>),*) -> PyResult<Self> {
                Ok(Self { $($field: crate::value::$kind($field, stringify!($field))?,)* })
            }

            #[classattr]
            fn __match_args__(py: Python<'_>) -> Py<PyTuple> {
                PyTuple::empty(py).unbind()
            }

            $(
                $(#[$field_meta])*
                #[getter]
                fn $field<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                    self.$field.write(py)
                }
            )*

            // Raising the error of a chunk makes a cycle: its traceback's frame holds the chunk.
            fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
                $(self.$field.traverse(&visit)?;)*
                Ok(())
            }

            fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
                crate::class::repr(stringify!($name), &self.fields_of(py, false)?)
            }

            /// The fields by name, as values that JSON has, for a log or a job queue. What the `repr` leaves out only
            /// with `details`.
            #[pyo3(signature = (*, details = false))]
            fn to_dict<'py>(&self, py: Python<'py>, details: bool) -> PyResult<Bound<'py, pyo3::types::PyDict>> {
                crate::class::to_dict(py, self.fields_of(py, details)?, details)
            }

            fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
                crate::class::hash(py, stringify!($name), self.fields(py)?)
            }

            fn __getnewargs_ex__<'py>(&self, py: Python<'py>) -> PyResult<((), Bound<'py, pyo3::types::PyDict>)> {
                Ok(((), crate::class::arguments(py, self.fields(py)?)?))
            }

            #[pyo3(signature = (**changes))]
            fn __replace__<'py>(
                &self,
                py: Python<'py>,
                changes: Option<&Bound<'py, pyo3::types::PyDict>>,
            ) -> PyResult<Bound<'py, PyAny>> {
                crate::class::replace::<Self>(py, self.fields(py)?, changes)
            }
        }
    };
}

result_class! {
    /// A destination and the id of its message. Its `repr` does not show the destination.
    Receipt(*, destination, message_id) {
        /// The number that the message goes to.
        private needed destination: String,
        /// The id that event reports carry.
        public needed message_id: String,
    }
}

result_class! {
    /// A message that the gateway accepted. Its `repr` shows no destination.
    ///
    ///     >>> import linkwa
    ///     >>> sent = linkwa.send_text(["+46000000001", "+46000000002"], "Hello", ref_id="order-17")
    ///     >>> sent.ref_id, sent.result_code, len(sent.message_ids)
    ///     ('order-17', 112001, 2)
    ///     >>> [receipt.destination for receipt in sent.receipts]
    ///     ['+46000000001', '+46000000002']
    SendResult(
        *, ref_id, result_code, description=None, message_id=None, message_ids=None, receipts=None, warnings=None,
        attempts=None, repeat=None
    ) {
        /// The reference that event reports will carry: yours, or the one that the library made. Empty only for a raw
        /// request without one.
        public needed ref_id: String,
        /// The gateway's result code, usually 112001 (queued).
        public needed result_code: i64,
        /// The gateway's description.
        private optional description: Option<String>,
        /// The id of the message to the only destination; `None` if there were several, or if the gateway did not return
        /// exactly one id.
        public optional message_id: Option<String>,
        /// The ids of the messages, in the order of the destinations.
        public optional message_ids: List<String>,
        /// Each destination with its message id. Empty if the gateway returned a different number of ids than there
        /// were destinations: the library does not guess, and `message_ids` has the ids.
        private optional receipts: List<Object<Receipt>>,
        /// The warnings of validation.
        private optional warnings: List<Object<Finding>>,
        /// The number of attempts, usually 1.
        public optional attempts: Attempts,
        /// Whether an outbox returned the result of an earlier send; nothing was sent now.
        public optional repeat: bool,
    }
}

result_class! {
    /// The answer to an HTTP request of `Client.request`. Its `repr` does not show the body.
    HttpResponse(*, status, body=None) {
        /// The HTTP status, also of an answer that refuses the request: 200, 404, 503.
        public needed status: u32,
        /// The body as it came, decompressed if it was gzip; empty if there was none.
        private optional body: Bytes,
    }
}

result_class! {
    /// The result of one request of a bulk run, or of a destination that could not be sent to. Its `repr` shows no
    /// destination.
    ///
    /// A destination that is invalid, or whose message function raises or returns None, gets its own chunk; the others
    /// go on. An item that is not a string gets such a chunk too, with `""` as its destination; the finding says which
    /// item it was.
    Chunk(*, index, ref_id, destinations=None, result=None, error=None) {
        /// The index of the request, from 0, in the order of the destinations.
        public needed index: u64,
        /// Its own reference: `{ref_id}-{index}`.
        public needed ref_id: String,
        /// Its destinations.
        private optional destinations: List<String>,
        /// The result, if the gateway accepted it; otherwise `None`.
        public optional result: Option<Object<SendResult>>,
        /// The error, a `LinkwaError` that is not raised; `None` if the gateway accepted it. Its `__cause__` is the
        /// exception of a message function.
        public optional error: Option<Raised>,
    }
}

result_class! {
    /// The progress of a run, counted in destinations.
    Progress(*, sent, failed, unknown, under_way, skipped, per_second, waiting=None) {
        /// Accepted by the gateway.
        public needed sent: u64,
        /// Not accepted: rejected, not sent, or invalid.
        public needed failed: u64,
        /// May have been accepted.
        public needed unknown: u64,
        /// Under way, or waiting to be sent again because the gateway was busy.
        public needed under_way: u64,
        /// Skipped, because an earlier run handled them.
        public needed skipped: u64,
        /// Sent, failed and unknown destinations per second, since the first was sent.
        public needed per_second: f64,
        /// Whether the run is pausing because the gateway is busy or does not answer.
        public optional waiting: bool,
    }
}

/// The number of attempts; 1 by default.
#[derive(PartialEq)]
struct Attempts(u32);

impl Default for Attempts {
    fn default() -> Self {
        Self(1)
    }
}

impl Value for Attempts {
    fn read(value: &Bound<'_, PyAny>, place: Place<'_>) -> PyResult<Self> {
        u32::read(value, place).map(Self)
    }

    fn write<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.0.write(py)
    }
}

/// `bytes` in Python.
#[derive(Default, PartialEq)]
struct Bytes(Vec<u8>);

impl Value for Bytes {
    fn read(value: &Bound<'_, PyAny>, place: Place<'_>) -> PyResult<Self> {
        let bytes = value.cast::<PyBytes>().map_err(|_| wrong_type(place, "bytes", value))?;
        Ok(Self(bytes.as_bytes().to_vec()))
    }

    fn write<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(PyBytes::new(py, &self.0).into_any())
    }
}

/// An exception, equal only to itself.
struct Raised(Py<PyAny>);

impl PartialEq for Raised {
    fn eq(&self, other: &Self) -> bool {
        self.0.is(&other.0)
    }
}

impl Value for Raised {
    fn read(value: &Bound<'_, PyAny>, place: Place<'_>) -> PyResult<Self> {
        if !value.is_instance_of::<PyBaseException>() {
            return Err(wrong_type(place, "LinkwaError", value));
        }
        Ok(Self(value.clone().unbind()))
    }

    fn write<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.0.bind(py).clone())
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.0)
    }
}

/// The object of a result.
pub(crate) fn object_of<'py>(py: Python<'py>, success: &linkwa::Success) -> PyResult<Bound<'py, PyAny>> {
    match success {
        linkwa::Success::Sent(sent) => SendResult::of(py, sent).map(Bound::into_any),
        linkwa::Success::Response(response) => {
            let (status, body) = (response.status().into(), Bytes(response.body().to_vec()));
            Bound::new(py, HttpResponse { status, body }).map(Bound::into_any)
        }
    }
}

impl SendResult {
    pub(crate) fn of<'py>(py: Python<'py>, sent: &linkwa::SendResult) -> PyResult<Bound<'py, Self>> {
        let receipt = |receipt: &linkwa::Receipt| {
            let (destination, message_id) = (receipt.destination().to_owned(), receipt.message_id().to_owned());
            Bound::new(py, Receipt { destination, message_id }).map(Object::from)
        };
        let warnings = sent.warnings().iter().map(|warning| Bound::new(py, Finding::of(warning)).map(Object::from));
        let result = Self {
            ref_id: sent.ref_id().to_owned(),
            result_code: sent.result_code().number(),
            description: sent.description().map(str::to_owned),
            message_id: sent.message_id().map(str::to_owned),
            message_ids: List(sent.message_ids().to_vec()),
            receipts: List(sent.receipts().iter().map(receipt).collect::<PyResult<_>>()?),
            warnings: List(warnings.collect::<PyResult<_>>()?),
            attempts: Attempts(sent.attempts()),
            repeat: sent.is_repeat(),
        };
        Bound::new(py, result)
    }
}

impl Chunk {
    pub(crate) fn of<'py>(py: Python<'py>, chunk: &linkwa::Chunk) -> PyResult<Bound<'py, Self>> {
        let (result, error) = match chunk.result() {
            Ok(sent) => (Some(Object::from(SendResult::of(py, sent)?)), None),
            Err(error) => (None, Some(Raised(exception(py, error)?.unbind()))),
        };
        let (index, ref_id) = (chunk.index(), chunk.ref_id().to_owned());
        Bound::new(py, Self { index, ref_id, destinations: List(chunk.destinations().to_vec()), result, error })
    }
}

impl From<linkwa::Progress> for Progress {
    fn from(progress: linkwa::Progress) -> Self {
        Self {
            sent: progress.sent,
            failed: progress.failed,
            unknown: progress.unknown,
            under_way: progress.under_way,
            skipped: progress.skipped,
            per_second: progress.per_second,
            waiting: progress.waiting,
        }
    }
}
