//! Locations.

use crate::finding::{FindingCode, Findings, Path};
use crate::json::{Kind, Value, Write};
use crate::wire::{Field, Read, string_setters, wire_object, wrong_type};

/// Degrees, as the wire's double.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Degrees(f64);

impl Write for Degrees {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
    }
}

impl Read for Degrees {
    fn read(value: Value<'_>, path: &Path<'_>, findings: &mut Findings) -> Option<Self> {
        match value.kind() {
            // A number too large for a double becomes infinite, which is out of every range.
            Kind::Integer | Kind::Decimal => value.raw().parse().ok().map(Self),
            _ => {
                wrong_type(value, "a number", path, findings);
                None
            }
        }
    }
}

wire_object! {
    /// A place on the map.
    ///
    /// Made with named coordinates, because the two are easily swapped:
    ///
    /// ```
    /// use linkwa::Location;
    ///
    /// let office = Location::at().latitude(59.3120499).longitude(18.0739497).name("Office").address("Götgatan 78, Stockholm");
    /// # let _ = office;
    /// ```
    pub struct Location {
        longitude = "longitude": Degrees,
        latitude = "latitude": Degrees,
        name = "name": String,
        address = "address": String,
    }
}

impl Location {
    /// A place; [`latitude`](Self::latitude) and [`longitude`](Self::longitude) are needed.
    pub fn at() -> Self {
        Self::default()
    }

    /// Degrees north of the equator, −90 to 90.
    #[must_use]
    pub fn latitude(mut self, degrees: f64) -> Self {
        self.latitude = Field::Given(Degrees(degrees));
        self
    }

    /// Degrees east of Greenwich, −180 to 180.
    #[must_use]
    pub fn longitude(mut self, degrees: f64) -> Self {
        self.longitude = Field::Given(Degrees(degrees));
        self
    }

    string_setters! {
        /// What the place is called.
        name;
        /// Its address, shown under the name; without a name it is not shown, which is a warning.
        address;
    }

    pub(super) fn check(&self, path: &Path<'_>, findings: &mut Findings) {
        check_degrees(&self.longitude, 180.0, &path.field("longitude"), findings);
        check_degrees(&self.latitude, 90.0, &path.field("latitude"), findings);
        if self.address.get().is_some() && self.name.is_absent() {
            let message = "is shown only with a `name`";
            findings.add(&path.field("address"), FindingCode::AddressWithoutName, message);
        }
        self.longitude.require(path, "longitude", findings);
        self.latitude.require(path, "latitude", findings);
    }
}

fn check_degrees(field: &Field<Degrees>, bound: f64, path: &Path<'_>, findings: &mut Findings) {
    // NaN is in no range.
    if field.get().is_some_and(|degrees| !(-bound..=bound).contains(&degrees.0)) {
        findings.add(path, FindingCode::OutOfRange, format!("must be between -{bound} and {bound} degrees"));
    }
}
