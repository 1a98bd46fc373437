//! Prints what the crate declares about messages, options, settings and callbacks as one JSON document, from which the type files
//! of other languages are made: `cargo run --example declarations`.

use linkwa::declarations::declarations;

fn main() -> Result<(), serde_json::Error> {
    println!("{}", serde_json::to_string_pretty(&declarations())?);
    Ok(())
}
