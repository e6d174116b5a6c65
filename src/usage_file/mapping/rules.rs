//! Reading the rules by which values are made: where a value is taken from.

use toml::de::DeValue;

use super::Taken;
use super::format::{Columns, Layout, position};
use super::kinds::{self, Defaults};
use super::section::Section;
use crate::usage_file::row::{Place, Slot};
use crate::usage_file::value::{Kind, Part, Rule, Take};

/// Where a value is taken from: one of these.
const TAKES: [&str; 5] = ["column", "constant", "template", "sum", "between"];

/// What rules refer to, and the places that they take from.
pub struct Rules<'m> {
    layout: Option<&'m Layout>,
    defaults: Defaults,
    places: Vec<Taken>,
}

impl<'m> Rules<'m> {
    pub fn new(top: &Section<'_, '_>, layout: Option<&'m Layout>) -> Self {
        Rules {
            layout,
            defaults: Defaults::read(top),
            places: Vec::new(),
        }
    }

    /// The places that rules take from.
    pub fn finish(self) -> Vec<Taken> {
        self.places
    }

    /// The rule of a key that is needed; a row without its value is faulty.
    pub fn needed(&mut self, above: &Section<'_, '_>, name: &str, kind: &str) -> Option<Rule> {
        if !above.has(name) && !above.is_given(name) {
            above.mistake(name, "is needed");
            return None;
        }
        let mut rule = self.optional(above, name, kind)?;
        rule.required = rule.default.is_none();
        Some(rule)
    }

    /// The rule of a key, where there is one: a table, or a text that is the value itself.
    pub fn optional(&mut self, above: &Section<'_, '_>, name: &str, kind: &str) -> Option<Rule> {
        let is_text = above
            .value(name)
            .is_some_and(|value| value.get_ref().is_str());
        if above.is_given(name) || (is_text && kind == "text") {
            return Some(Rule {
                take: Take::Constant(above.text(name)?),
                steps: Vec::new(),
                kind: Kind::Text,
                or: None,
                default: None,
                required: false,
            });
        }
        self.rule(&above.section(name)?, &[], Some(kind))
    }

    /// The rule in a table. `kind` is the type that it has, where it may not choose.
    pub fn rule(
        &mut self,
        section: &Section<'_, '_>,
        besides: &[&str],
        kind: Option<&str>,
    ) -> Option<Rule> {
        section.only(&[besides, &TAKES, &kinds::KEYS].concat());
        let take = self.take(section);
        let steps = self.defaults.steps(section);
        let kind = self.defaults.kind(section, kind);
        let or = section.section("or");
        let or = or.and_then(|or| self.rule(&or, &[], Some(kinds::name(kind.as_ref()?))));
        let (take, kind) = (take?, kind?);
        kinds::consistent(section, &take, &kind);
        Some(Rule {
            take,
            steps,
            kind,
            or: or.map(Box::new),
            default: kinds::scalar(section, "default"),
            required: section.flag("required"),
        })
    }

    fn take(&mut self, section: &Section<'_, '_>) -> Option<Take> {
        let mut takes = TAKES.into_iter().filter(|name| section.has(name));
        let (Some(name), None) = (takes.next(), takes.next()) else {
            section.mistake(
                TAKES[0],
                format!("is needed, or one of {} instead", TAKES[1..].join(", ")),
            );
            return None;
        };
        match name {
            "column" => Some(Take::First(self.some_slots(section, name)?)),
            "sum" => Some(Take::Sum(self.some_slots(section, name)?)),
            "constant" => kinds::scalar(section, name).map(Take::Constant),
            "template" => self.template(section).map(Take::Template),
            _ => self.between(section),
        }
    }

    fn some_slots(&mut self, section: &Section<'_, '_>, name: &str) -> Option<Vec<Slot>> {
        let slots = self.slots(section, name);
        (!slots.is_empty()).then_some(slots)
    }

    fn between(&mut self, section: &Section<'_, '_>) -> Option<Take> {
        let slots = self.slots(section, "between");
        let [start, end] = slots.as_slice() else {
            section.mistake("between", "must be a list of two columns");
            return None;
        };
        Some(Take::Between {
            start: *start,
            end: *end,
            format: self.defaults.instant(section)?,
        })
    }

    /// The slots of a column, or of a list of them.
    pub fn slots(&mut self, section: &Section<'_, '_>, name: &str) -> Vec<Slot> {
        let Some(value) = section.value(name) else {
            return Vec::new();
        };
        let elements: Vec<_> = match value.get_ref() {
            DeValue::Array(list) => list.iter().collect(),
            _ => vec![value],
        };
        let slots = elements.into_iter().filter_map(|element| {
            let place = match element.get_ref() {
                DeValue::String(name) => Some(Place::Name(name.clone().into_owned())),
                value => position(value).map(Place::Position),
            };
            let Some(place) = place else {
                section.mistake(
                    name,
                    "must be the name of a column, its position from 1, or a list of these",
                );
                return None;
            };
            self.slot(section, name, place)
        });
        slots.collect()
    }

    fn slot(&mut self, section: &Section<'_, '_>, name: &str, place: Place) -> Option<Slot> {
        if let Some(message) = self.is_no_place(&place) {
            section.mistake(name, message);
            return None;
        }
        if let Some(known) = self.places.iter().position(|taken| taken.place == place) {
            return Some(Slot(known));
        }
        self.places.push(Taken {
            place,
            key: section.key_of(name),
        });
        Some(Slot(self.places.len() - 1))
    }

    /// What is wrong with a place in files of this format.
    fn is_no_place(&self, place: &Place) -> Option<String> {
        match (self.layout?, place) {
            (Layout::Csv(csv), place) => match (&csv.columns, place) {
                (Columns::Named(columns), Place::Name(name)) => {
                    (!columns.contains(name)).then(|| format!("`{name}` is no column"))
                }
                (Columns::Named(columns), Place::Position(at)) => (*at > columns.len()
                    && !csv.ragged)
                    .then(|| format!("{at} is behind the last of {} columns", columns.len())),
                (Columns::Counted, Place::Name(_)) => {
                    Some("must be a position: columns have no names here".to_owned())
                }
                _ => None,
            },
            (_, Place::Position(_)) => Some("must be a path, not a position".to_owned()),
            _ => None,
        }
    }

    /// Texts with places in braces; doubled braces are braces.
    fn template(&mut self, section: &Section<'_, '_>) -> Option<Vec<Part>> {
        let text = section.text("template")?;
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text.as_str();
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(at);
            literal.push_str(before);
            if let Some(behind) = from.strip_prefix("{{").or_else(|| from.strip_prefix("}}")) {
                literal.extend(from.chars().next());
                rest = behind;
                continue;
            }
            let Some((name, behind)) = from.strip_prefix('{').and_then(|from| from.split_once('}'))
            else {
                section.mistake("template", "has a brace without its other one");
                return None;
            };
            if !literal.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut literal)));
            }
            let place = match name.parse().ok().filter(|position| *position > 0) {
                Some(position) if matches!(self.layout, Some(Layout::Csv(_))) => {
                    Place::Position(position)
                }
                _ => Place::Name(name.to_owned()),
            };
            parts.push(Part::Place(self.slot(section, "template", place)?));
            rest = behind;
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(Part::Text(literal));
        }
        if !parts.iter().any(|part| matches!(part, Part::Place(_))) {
            section.mistake("template", "has no column in braces");
        }
        Some(parts)
    }
}
