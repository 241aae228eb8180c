//! The Rust side of the suite `native`. bench/README.md says what is measured and how.

mod cases;
pub mod ours;
mod outside;
pub mod peers;
pub mod round;
mod tasks;
mod threads;
