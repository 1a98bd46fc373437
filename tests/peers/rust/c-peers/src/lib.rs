//! One archive for the C benchmarks: yyjson, libcurl, and `serde_json` of the template's struct.

#[path = "../../bench/src/bin/bench/template.rs"]
mod template;

// Only linked: the C programs call what is in them.
use curl_sys as _;
use libz_sys as _;
use yyjson_sys as _;

/// Makes the template's request, writes its JSON, and gives the length. `first` is set to the first byte, so that the
/// writing is not optimized away.
///
/// # Panics
///
/// Never: the struct can be written.
#[unsafe(no_mangle)]
pub extern "C" fn peers_serde_template(first: &mut u8) -> usize {
    let Ok(json) = serde_json::to_vec(&template::request("+46000000001")) else { return 0 };
    *first = json.first().copied().unwrap_or_default();
    json.len()
}
