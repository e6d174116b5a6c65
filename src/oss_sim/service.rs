//! A service in the inventory of the OSS.

use serde_json::Value;

use super::fate::{mix, text_hash};
use super::order::Wish;
use super::settings::Settings;

/// A service.
#[derive(Clone, Debug, PartialEq)]
pub struct SimService {
    pub id: String,
    pub name: Option<String>,
    /// Id of its specification.
    pub specification: Option<String>,
    /// False once it was ended.
    pub active: bool,
    pub characteristics: Vec<(String, Value)>,
    /// External id, or else the id, of the order that made it.
    pub made_by: String,
}

impl SimService {
    /// A new one, with what was wished for and what the OSS finds.
    pub(super) fn new(settings: &Settings, wish: &Wish, made_by: &str) -> Self {
        let mut service = SimService {
            id: wish.service.clone(),
            name: wish.name.clone(),
            specification: wish.specification.clone(),
            active: true,
            characteristics: Vec::new(),
            made_by: made_by.to_owned(),
        };
        service.set(&wish.characteristics);
        for product in &settings.products {
            let of_all = product.specification == "*";
            if of_all || service.specification.as_ref() == Some(&product.specification) {
                let seed = text_hash(settings.seed, &service.id);
                let value = filled(&product.pattern, text_hash(seed, &product.name));
                service.set(&[(product.name.clone(), value.into())]);
            }
        }
        service
    }

    /// Gives characteristics their new values.
    pub(super) fn set(&mut self, characteristics: &[(String, Value)]) {
        for (name, value) in characteristics {
            match self.characteristics.iter_mut().find(|(n, _)| n == name) {
                Some((_, old)) => old.clone_from(value),
                None => self.characteristics.push((name.clone(), value.clone())),
            }
        }
    }
}

/// The pattern with digits in place of `#`.
fn filled(pattern: &str, mut hash: u64) -> String {
    let mut digit = || {
        hash = mix(hash);
        u32::try_from(hash % 10)
            .ok()
            .and_then(|n| char::from_digit(n, 10))
            .unwrap_or('0')
    };
    pattern
        .chars()
        .map(|c| if c == '#' { digit() } else { c })
        .collect()
}
