//! The characteristics of a piece of work: what specification and product have in common, and what
//! the mappings of a rule say.

use std::rc::Rc;

use serde_json::Value;

use super::{Explosion, Origin, Spot, Wish, WishValue};
use crate::ordering::order::Characteristic;
use crate::ordering::plan::NodeKind;
use crate::ordering::plan::validate::Refusal;
use crate::ordering::rule::expression::{Failure, Scope};
use crate::ordering::rule::{From, Mapping};

impl<'a> Explosion<'a> {
    /// What a service specification declares and the product has, or else its default. Where the
    /// specification is not known, and for resources, everything that the product has.
    pub(super) fn matching(
        &self,
        kind: NodeKind,
        specification: Option<&'a str>,
        given: &[Characteristic],
    ) -> Vec<Wish<'a>> {
        let known = specification
            .filter(|_| kind == NodeKind::ServiceOrder)
            .and_then(|id| self.surroundings.catalog.services.get(id));
        let scope = self.scope(specification, given);
        let Some(known) = known else {
            return self.everything(&scope);
        };
        let wish = |declared: &'a crate::ordering::catalog::Characteristic| {
            let usual = || {
                declared
                    .values
                    .iter()
                    .find(|v| v.is_default)?
                    .value
                    .as_ref()
            };
            let value = scope
                .characteristic(&declared.name)
                .filter(|v| !v.is_null());
            Some(Wish {
                name: &declared.name,
                value: WishValue::Known(value.or_else(usual)?.clone()),
            })
        };
        known.characteristics.iter().filter_map(wish).collect()
    }

    fn everything(&self, scope: &Scope<'_>) -> Vec<Wish<'a>> {
        let own = self.state.characteristics.iter();
        let there = own.filter(|own| !own.value.is_null());
        let wish = |own: &'a Characteristic| Wish {
            name: &own.name,
            value: WishValue::Known(
                scope
                    .characteristic(&own.name)
                    .unwrap_or(&own.value)
                    .clone(),
            ),
        };
        there.map(wish).collect()
    }

    /// What an output is given.
    pub(super) fn settings(
        &self,
        origin: Origin<'a>,
        kind: NodeKind,
        scope: &Scope<'_>,
        spot: &Spot<'a>,
    ) -> Result<Vec<Wish<'a>>, Refusal> {
        let output = origin.output;
        let mut wishes = match output.copies_matching {
            true => self.matching(kind, output.specification.as_deref(), &spot.given),
            false => Vec::with_capacity(output.mappings.len()),
        };
        for mapping in &output.mappings {
            let value = match &mapping.from {
                From::Result { node, name } => Some(WishValue::Result { node, name }),
                _ => self.value(origin, mapping, scope)?.map(WishValue::Known),
            };
            let Some(value) = value else {
                continue;
            };
            let name = mapping.name.as_str();
            match wishes.iter_mut().find(|wish| wish.name == name) {
                Some(wish) => wish.value = value,
                None => wishes.push(Wish { name, value }),
            }
        }
        Ok(wishes)
    }

    /// What a service that a rule names is given, besides what surrounds it.
    pub(super) fn given(
        &self,
        origin: Origin<'a>,
        scope: &Scope<'_>,
        around: &Rc<Vec<Characteristic>>,
    ) -> Result<Rc<Vec<Characteristic>>, Refusal> {
        if origin.output.mappings.is_empty() {
            return Ok(Rc::clone(around));
        }
        let mut given = around.as_ref().clone();
        for mapping in &origin.output.mappings {
            let Some(value) = self.value(origin, mapping, scope)? else {
                continue;
            };
            let name = mapping.name.clone();
            given.retain(|other| other.name != name);
            given.push(Characteristic { name, value });
        }
        Ok(Rc::new(given))
    }

    /// None where there is nothing to give: the characteristic is left out.
    fn value(
        &self,
        origin: Origin<'a>,
        mapping: &Mapping,
        scope: &Scope<'_>,
    ) -> Result<Option<Value>, Refusal> {
        let what = || {
            format!(
                ", output {}, characteristic {}",
                origin.output.name, mapping.name
            )
        };
        let found = computed(mapping, scope);
        let found = found.map_err(|failure| self.failed(origin.rule, &what(), &failure))?;
        Ok(found.filter(|value| !value.is_null()))
    }
}

fn computed(mapping: &Mapping, scope: &Scope<'_>) -> Result<Option<Value>, Failure> {
    match &mapping.from {
        From::Copy(path) => Ok(Some(scope.at(path).into_value())),
        From::Constant(value) => Ok(Some(value.clone())),
        From::Expression(expression) => Ok(Some(expression.evaluate(scope)?.into_value())),
        From::Lookup {
            by,
            table,
            otherwise,
        } => {
            let key = by.evaluate(scope)?;
            let found = key.key().and_then(|key| table.get(key.as_ref()));
            match found.or(otherwise.as_ref()) {
                Some(value) => Ok(Some(value.clone())),
                None if key.is_null() => Ok(None),
                None => {
                    let key = key
                        .key()
                        .map_or_else(|| key.kind().into(), |k| k.into_owned());
                    Err(Failure(format!("the table has no entry for `{key}`")))
                }
            }
        }
        From::Result { .. } => Ok(None),
    }
}
