//! Locations.

use super::with;
use crate::class::class;

class! {
    declared Location(*, latitude, longitude, name=None, address=None) matches() {
        needed latitude: f64,
        needed longitude: f64,
        optional name: Option<String>,
        optional address: Option<String>,
    }
    wire super::to_dict;
}

impl Location {
    pub(super) fn to_core(&self) -> linkwa::Location {
        let location = linkwa::Location::at().latitude(self.latitude).longitude(self.longitude);
        let location = with(location, self.name.as_ref(), linkwa::Location::name);
        with(location, self.address.as_ref(), linkwa::Location::address)
    }
}
