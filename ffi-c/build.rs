//! Gives the shared library the name that programs ask for at run time, which changes only when the ABI breaks, and keeps
//! it loaded: its threads and thread-local values outlive a `dlclose`, and each `dlopen` after one would take a new
//! thread-local key, of which a process has about a thousand.

const SONAME: &str = "liblinkwa.so.1";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    match target.as_str() {
        "linux" | "android" | "freebsd" | "netbsd" | "openbsd" | "dragonfly" => {
            println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,{SONAME},-z,nodelete");
        }
        "macos" | "ios" => println!("cargo::rustc-cdylib-link-arg=-Wl,-install_name,@rpath/liblinkwa.1.dylib"),
        _ => {}
    }
}
