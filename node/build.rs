//! Links the addon so that it is never unloaded: core's threads outlive the worker that loaded it.

fn main() {
    napi_build::setup();
}
