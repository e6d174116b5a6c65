//! Objects that are packed while they are written.

use super::{At, Frame, Packed, Packing};
use crate::domain::document::Object;

/// An object that is packed as it is written, as [`super::pack`] would pack its value.
pub struct PackedObject<'a, 'p> {
    packing: &'a mut Packing<'p>,
    /// The member that this object, or the list around it, stands in.
    stands_in: &'static str,
    is_empty: bool,
}

impl PackedObject<'_, '_> {
    /// Packs an object. `into` is emptied first and keeps its memory.
    pub fn pack(
        frame: &dyn Frame,
        into: &mut Packed,
        fill: impl FnOnce(&mut PackedObject<'_, '_>),
    ) {
        let mut packing = Packing::begin(frame, into);
        packing.shape("{");
        packing.members(true, fill);
        packing.shape("}");
    }

    fn name(&mut self, name: &str) {
        self.packing.shape(if self.is_empty { "\"" } else { ",\"" });
        self.packing.shape(name);
        self.packing.shape("\":");
        self.is_empty = false;
    }

    /// What stands between the braces of a member's object.
    fn inner(&mut self, stands_in: &'static str, fill: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.stands_in, stands_in);
        self.is_empty = true;
        self.packing.shape("{");
        fill(self);
        self.packing.shape("}");
        self.stands_in = outer;
        self.is_empty = false;
    }
}

impl<'p> Packing<'p> {
    /// Adds members of the outermost object, which has some already unless it `is_empty`.
    pub fn members(&mut self, is_empty: bool, fill: impl FnOnce(&mut PackedObject<'_, 'p>)) {
        fill(&mut PackedObject {
            packing: self,
            stands_in: "",
            is_empty,
        });
    }
}

impl Object for PackedObject<'_, '_> {
    fn text(&mut self, name: &'static str, text: &str) {
        self.name(name);
        let at = At {
            under: self.stands_in,
            key: name,
        };
        self.packing.text(at, text);
    }

    fn number(&mut self, name: &'static str, digits: &str) {
        self.name(name);
        self.packing.number(digits);
    }

    fn flag(&mut self, name: &'static str, flag: bool) {
        self.name(name);
        self.packing.shape(if flag { "true" } else { "false" });
    }

    fn null(&mut self, name: &'static str) {
        self.name(name);
        self.packing.shape("null");
    }

    fn object(&mut self, name: &'static str, fill: impl FnOnce(&mut Self)) {
        self.name(name);
        self.inner(name, fill);
    }

    fn objects<T>(
        &mut self,
        name: &'static str,
        items: impl IntoIterator<Item = T>,
        mut fill: impl FnMut(&mut Self, T),
    ) {
        self.name(name);
        self.packing.shape("[");
        for (place, item) in items.into_iter().enumerate() {
            if place > 0 {
                self.packing.shape(",");
            }
            self.inner(name, |object| fill(object, item));
        }
        self.packing.shape("]");
    }
}
