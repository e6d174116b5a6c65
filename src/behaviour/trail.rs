//! Where a walk through a document stands. Kept on the stack while the walk goes down, so that a
//! document without faults costs no allocation; the JSON pointer is made only when something is
//! wrong there.

use crate::domain::json::pointer;
use crate::domain::problem::Violation;

#[derive(Clone, Copy)]
enum Step<'a> {
    Root,
    Member(&'a str),
    Item(usize),
}

/// A place in a document, linked to the place above it.
#[derive(Clone, Copy)]
pub struct Trail<'a> {
    above: Option<&'a Trail<'a>>,
    step: Step<'a>,
}

impl<'a> Trail<'a> {
    /// The document itself.
    pub const ROOT: Trail<'static> = Trail {
        above: None,
        step: Step::Root,
    };

    /// A member of the object here.
    pub const fn member(&'a self, name: &'a str) -> Trail<'a> {
        Trail {
            above: Some(self),
            step: Step::Member(name),
        }
    }

    /// An element of the array here.
    pub const fn item(&'a self, index: usize) -> Trail<'a> {
        Trail {
            above: Some(self),
            step: Step::Item(index),
        }
    }

    /// The JSON pointer (RFC 6901) of the place.
    pub fn pointer(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    fn write(&self, out: &mut String) {
        if let Some(above) = self.above {
            above.write(out);
        }
        match self.step {
            Step::Root => {}
            Step::Member(name) => pointer::push(out, name),
            Step::Item(index) => {
                out.push('/');
                out.push_str(&index.to_string());
            }
        }
    }

    /// Something wrong here.
    pub fn violation(&self, message: impl Into<String>) -> Violation {
        Violation {
            path: self.pointer(),
            message: message.into(),
        }
    }
}
