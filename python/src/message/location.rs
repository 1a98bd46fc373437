//! Locations.

use super::with;
use crate::class::class;

class! {
    /// A place on the map. Its parts are named, because the coordinates are easily swapped.
    ///
    /// Coordinates are in degrees; one out of its bounds is an error. An address without a name is a warning, for it is
    /// not shown (M-3).
    ///
    ///     >>> import linkwa
    ///     >>> linkwa.Location(latitude=59.33, longitude=18.07, name="Office", address="Drottninggatan 1")
    ///     Location(latitude=59.33, longitude=18.07, name='Office', address='Drottninggatan 1')
    Location(*, latitude, longitude, name=None, address=None) matches() {
        /// Degrees north of the equator, -90 to 90.
        needed latitude: f64,
        /// Degrees east of Greenwich, -180 to 180.
        needed longitude: f64,
        /// What the place is called.
        optional name: Option<String>,
        /// Its address, shown under the name; without a name it is not shown, which is a warning.
        optional address: Option<String>,
    }
}

impl Location {
    pub(super) fn to_core(&self) -> linkwa::Location {
        let location = linkwa::Location::at().latitude(self.latitude).longitude(self.longitude);
        let location = with(location, self.name.as_ref(), linkwa::Location::name);
        with(location, self.address.as_ref(), linkwa::Location::address)
    }
}
