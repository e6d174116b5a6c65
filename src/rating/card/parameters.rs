//! The parameters of an algorithm: `characteristic`, each with `name` and `value`.

use serde_json::Value;

use crate::rating::read::Reader;

/// Where each parameter stands.
pub(in crate::rating) struct Parameters<'d>(Vec<(&'d str, usize, &'d Value)>);

impl<'d> Parameters<'d> {
    /// Finds all parameters of an algorithm; those that are not known or there twice are faults.
    pub fn find(algorithm: &mut Reader<'d, '_>, names: &[&str]) -> Self {
        let mut found: Vec<(&'d str, usize, &'d Value)> = Vec::new();
        let list = algorithm.list("characteristic");
        for (place, holder) in list.iter().enumerate() {
            let Some(mut reader) = algorithm.child(&at(place), holder) else {
                continue;
            };
            reader.only(&["id", "name", "valueType", "value"]);
            let Some(name) = reader.required_text("name") else {
                continue;
            };
            if !names.contains(&name) {
                let known = names.join(", ");
                reader.fault("name", &format!("is not a parameter; there are {known}"));
            } else if found.iter().any(|(other, _, _)| *other == name) {
                reader.fault("name", "is there twice");
            } else if reader.has("value") {
                found.push((name, place, holder));
            } else {
                reader.fault("value", "is missing");
            }
        }
        Parameters(found)
    }

    /// True where a parameter is there.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(own, _, _)| *own == name)
    }

    /// A reader of the characteristic with a parameter; the parameter is its `value`.
    pub fn open<'f>(
        &self,
        algorithm: &'f mut Reader<'d, '_>,
        name: &str,
    ) -> Option<Reader<'d, 'f>> {
        let (_, place, holder) = self.0.iter().find(|(own, _, _)| *own == name)?;
        algorithm.child(&at(*place), holder)
    }

    /// A reader of a parameter that is an object.
    pub fn open_object<'f>(
        &self,
        algorithm: &'f mut Reader<'d, '_>,
        name: &str,
    ) -> Option<Reader<'d, 'f>> {
        let (_, place, holder) = self.0.iter().find(|(own, _, _)| *own == name)?;
        let value = holder.get("value")?;
        algorithm.child(&format!("{}/value", at(*place)), value)
    }

    /// Adds a fault at a parameter.
    pub fn fault(&self, algorithm: &mut Reader<'d, '_>, name: &str, message: &str) {
        let found = self.0.iter().find(|(own, _, _)| *own == name);
        let pointer = found.map_or("characteristic".to_owned(), |(_, place, _)| at(*place));
        algorithm.fault(&pointer, message);
    }
}

fn at(place: usize) -> String {
    format!("characteristic/{place}")
}
