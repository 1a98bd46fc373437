//! Has the addon linked as one, and never unloaded: core's threads outlive the worker that loaded it.

fn main() {
    napi_build::setup();
}
