//! Locations.

use crate::finding::{FindingCode, Findings, Path};
use crate::wire::{Field, WireObject, wire_object};

wire_object! {
    /// A place on the map.
    ///
    /// ```
    /// use linkwa::Location;
    ///
    /// let office = Location::at().latitude(59.3120499).longitude(18.0739497).name("Office").address("Götgatan 78, Stockholm");
    /// # let _ = office;
    /// ```
    pub struct Location {
        /// Degrees east of Greenwich, −180 to 180.
        longitude = "longitude": f64, required, set;
        /// Degrees north of the equator, −90 to 90.
        latitude = "latitude": f64, required, set;
        /// The name of the place.
        name = "name": String, set;
        /// Its address, shown below the name. Without a `name` it is not shown, which is a warning.
        address = "address": String, set;
    }
}

impl Location {
    /// A place. Set both [`latitude`](Self::latitude) and [`longitude`](Self::longitude); they are set by name, because the two
    /// are easily swapped.
    pub fn at() -> Self {
        Self::default()
    }

    pub(super) fn check(&self, path: &Path<'_>, findings: &mut Findings) {
        check_degrees(&self.longitude, 180.0, &path.field("longitude"), findings);
        check_degrees(&self.latitude, 90.0, &path.field("latitude"), findings);
        if self.address.get().is_some() && self.name.is_absent() {
            let message = "is shown only with a `name`";
            findings.add(&path.field("address"), FindingCode::AddressWithoutName, message);
        }
        self.require(path, findings);
    }
}

fn check_degrees(field: &Field<f64>, bound: f64, path: &Path<'_>, findings: &mut Findings) {
    // NaN is out of every range.
    if field.get().is_some_and(|degrees| !(-bound..=bound).contains(degrees)) {
        findings.add(path, FindingCode::OutOfRange, format!("must be between -{bound} and {bound} degrees"));
    }
}
