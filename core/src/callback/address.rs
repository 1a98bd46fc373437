//! The addresses of LINK's gateway.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

use once_cell::sync::Lazy;

use crate::error::Error;
use crate::wire::truncate_for_display;

/// Addresses from a first to a last one, both included.
///
/// ```
/// use linkwa::AddressRange;
///
/// let range: AddressRange = "192.0.2.0/24".parse()?;
/// assert!(range.contains("192.0.2.255".parse().unwrap()));
/// assert_eq!(range, AddressRange::new("192.0.2.0".parse().unwrap(), "192.0.2.255".parse().unwrap())?);
/// # Ok::<(), linkwa::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AddressRange {
    first: IpAddr,
    last: IpAddr,
}

impl AddressRange {
    /// From the first to the last address.
    ///
    /// # Errors
    ///
    /// `invalid_config` if one is IPv4 and the other IPv6, or the last comes before the first.
    pub fn new(first: IpAddr, last: IpAddr) -> Result<Self, Error> {
        let (first, last) = (first.to_canonical(), last.to_canonical());
        if first.is_ipv4() != last.is_ipv4() || first > last {
            return Err(Error::invalid_config(
                "an address range must go from a lower to a higher address of one family",
            ));
        }
        Ok(Self { first, last })
    }

    /// Whether the address is in the range. An IPv4 address that is written as IPv6 (`::ffff:192.0.2.1`) counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.first.is_ipv4() && (self.first..=self.last).contains(&address)
    }
}

impl From<IpAddr> for AddressRange {
    fn from(address: IpAddr) -> Self {
        let address = address.to_canonical();
        Self { first: address, last: address }
    }
}

/// An address, a network (`192.0.2.0/24`, `2001:db8::/32`), or a first and last address (`192.0.2.1-192.0.2.9`).
impl FromStr for AddressRange {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || {
            Error::invalid_config(format!("`{}` is no address, network or address range", truncate_for_display(text)))
        };
        let address = |text: &str| text.trim().parse::<IpAddr>().map_err(|_| wrong());
        if let Some((first, last)) = text.split_once('-') {
            return Self::new(address(first)?, address(last)?);
        }
        let Some((network, bits)) = text.split_once('/') else { return address(text).map(Self::from) };
        let bits: u32 = bits.parse().map_err(|_| wrong())?;
        match address(network)? {
            IpAddr::V4(network) if bits <= 32 => {
                let host = u32::MAX.checked_shr(bits).unwrap_or(0);
                let first = network.to_bits() & !host;
                Self::new(Ipv4Addr::from(first).into(), Ipv4Addr::from(first | host).into())
            }
            IpAddr::V6(network) if bits <= 128 => {
                let host = u128::MAX.checked_shr(bits).unwrap_or(0);
                let first = network.to_bits() & !host;
                Self::new(std::net::Ipv6Addr::from(first).into(), std::net::Ipv6Addr::from(first | host).into())
            }
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last { write!(f, "{}", self.first) } else { write!(f, "{}-{}", self.first, self.last) }
    }
}

/// A list of address ranges: LINK's by default, or the caller's own.
///
/// ```
/// use linkwa::AddressRanges;
///
/// let ours: AddressRanges = ["10.0.0.0/8".parse()?, "127.0.0.1".parse()?].into_iter().collect();
/// assert!(ours.contains("10.1.2.3".parse().unwrap()));
/// assert!(AddressRanges::default().contains("195.84.162.34".parse().unwrap()));
/// # Ok::<(), linkwa::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressRanges(Vec<AddressRange>);

impl AddressRanges {
    /// Whether one of the ranges has the address.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|range| range.contains(address))
    }

    /// The ranges.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = AddressRange> {
        self.0.iter().copied()
    }
}

impl FromIterator<AddressRange> for AddressRanges {
    fn from_iter<I: IntoIterator<Item = AddressRange>>(ranges: I) -> Self {
        Self(ranges.into_iter().collect())
    }
}

/// The addresses of LINK's gateway.
impl Default for AddressRanges {
    fn default() -> Self {
        GATEWAY.clone()
    }
}

/// Single hosts, and the first of the twenty consecutive ones of each region.
static GATEWAY: Lazy<AddressRanges> = Lazy::new(|| {
    const HOSTS: [[u8; 4]; 6] = [
        [195, 84, 162, 34],
        [194, 71, 165, 71],
        [195, 84, 162, 16],
        [194, 71, 165, 98],
        [195, 84, 162, 3],
        [194, 71, 165, 122],
    ];
    const REGIONS: [[u8; 4]; 5] =
        [[213, 242, 87, 36], [62, 67, 62, 101], [217, 163, 95, 196], [213, 242, 87, 68], [62, 67, 62, 68]];
    let hosts = HOSTS.map(|host| AddressRange::from(IpAddr::from(host)));
    let regions = REGIONS.map(|first| {
        let last = Ipv4Addr::from(Ipv4Addr::from(first).to_bits() + 19);
        AddressRange { first: IpAddr::from(first), last: last.into() }
    });
    hosts.into_iter().chain(regions).collect()
});

/// Whether an address belongs to LINK's gateway. Behind a proxy, pass the address that the proxy names, and only if the
/// proxy is your own. To check against other addresses, use [`AddressRanges`].
///
/// ```
/// assert!(linkwa::is_gateway_address("213.242.87.55".parse().unwrap()));
/// assert!(!linkwa::is_gateway_address("213.242.87.56".parse().unwrap()));
/// ```
pub fn is_gateway_address(address: IpAddr) -> bool {
    GATEWAY.contains(address)
}
