//! Documents as wholes. Files that they are compared with are in `tests/golden/documents/`.

mod faults;
mod golden;
mod invoice;
mod look;
mod paper;
mod reader;
mod screen;
mod world;
