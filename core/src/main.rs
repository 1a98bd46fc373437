//! The command `linkwa`: see `linkwa --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    linkwa::cli::run(std::env::args_os().skip(1)).into()
}
