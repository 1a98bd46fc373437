//! Prints the declarations of messages, options, settings and callbacks as one JSON document: `cargo run --example declarations`.
//! The type files of other languages are generated from it.

use linkwa::declarations::declarations;

fn main() -> Result<(), serde_json::Error> {
    println!("{}", serde_json::to_string_pretty(&declarations())?);
    Ok(())
}
