//! Documents as wholes. Files that they are compared with are in `tests/golden/documents/`.

mod faults;
mod forms;
mod golden;
mod invoice;
mod paper;
mod reader;
mod screen;
mod world;
