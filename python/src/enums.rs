//! The words from which `linkwa/_enums.py` makes enums.

use linkwa::{Priority, Region};
use pyo3::prelude::*;

/// The words of the regions.
#[linkwa_python_macros::panic_boundary]
#[pyfunction(name = "_regions")]
pub(crate) fn regions() -> Vec<&'static str> {
    Region::ALL.iter().map(|region| region.as_str()).collect()
}

/// The words of the priorities, lowest first.
#[linkwa_python_macros::panic_boundary]
#[pyfunction(name = "_priorities")]
pub(crate) fn priorities() -> Vec<&'static str> {
    Priority::ALL.iter().map(|priority| priority.as_str()).collect()
}
