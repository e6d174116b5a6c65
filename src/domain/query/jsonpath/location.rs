//! Paths with predicates on the way: `@.note[?(@.author=='y')].text`.

use super::super::condition::{comparable, existence};
use super::super::filter::{Filter, Op};
use super::super::path::Path;
use super::super::scope::{Found, Scope};
use super::{Parsed, Parser, Refusal};

/// A path read so far. What it finally says is wrapped into the predicates passed.
pub(super) struct Location {
    /// Predicates passed: where, and what one element there must satisfy.
    elements: Vec<(Path, Filter)>,
    /// Names since the last predicate.
    pub names: Vec<String>,
    /// Where those names are looked up.
    scope: Scope,
}

impl Location {
    /// The attribute that the path ends at.
    pub(super) fn found(&self) -> Parsed<Found> {
        self.scope.resolve(&self.names).map_err(Refusal::Invalid)
    }

    /// The attribute, when it can be compared. `@` itself is an element of an array of scalars.
    pub(super) fn comparable(&self) -> Parsed<Found> {
        let found = self.found()?;
        if !self.names.is_empty() {
            comparable(&found).map_err(|message| {
                Refusal::Invalid(format!("'{}': {message}", self.names.join(".")))
            })?;
        }
        Ok(found)
    }

    /// A test that the end of the path is there or not.
    pub(super) fn existence(&self, op: Op) -> Parsed<Filter> {
        Ok(Filter::Test(existence(self.found()?, op == Op::Present)))
    }

    /// Puts the condition at the end of the path into the predicates on the way.
    pub(super) fn wrap(self, leaf: Option<Filter>) -> Filter {
        let mut inner = leaf;
        for (path, filter) in self.elements.into_iter().rev() {
            let both = Filter::all(std::iter::once(filter).chain(inner));
            inner = Some(if path.names().is_empty() {
                both
            } else {
                Filter::Element {
                    path,
                    filter: Box::new(both),
                }
            });
        }
        inner.unwrap_or(Filter::All(Vec::new()))
    }

    /// True when a predicate ends the path, which then says all by itself.
    pub(super) fn ends_in_predicate(&self) -> bool {
        self.names.is_empty() && !self.elements.is_empty()
    }
}

impl Parser<'_> {
    /// The steps after `$` or `@`.
    pub(super) fn location(&mut self, scope: Scope) -> Parsed<Location> {
        let mut location = Location {
            elements: Vec::new(),
            names: Vec::new(),
            scope,
        };
        loop {
            if self.cursor.take_dot() {
                self.dot_step(&mut location)?;
            } else if self.cursor.take("[") {
                self.bracket_step(&mut location)?;
            } else {
                return Ok(location);
            }
        }
    }

    fn dot_step(&mut self, location: &mut Location) -> Parsed<()> {
        match self.cursor.peek() {
            Some('.') => return Err(self.cursor.unsupported("the descendant step '..'")),
            Some('*') => {
                self.cursor.next();
                return Err(self.cursor.unsupported("the wildcard '.*'"));
            }
            _ => {}
        }
        let name = self.cursor.name();
        if name.is_empty() {
            return Err(self.cursor.expected("an attribute name"));
        }
        if self.cursor.peek() == Some('(') {
            return Err(self
                .cursor
                .unsupported("a function as the last step of a path"));
        }
        location.names.push(name.to_owned());
        Ok(())
    }

    fn bracket_step(&mut self, location: &mut Location) -> Parsed<()> {
        self.cursor.blanks();
        match self.cursor.peek() {
            Some('?') => {
                self.cursor.next();
                self.predicate(location)?;
            }
            Some('*') => {
                // Arrays are passed through anyway.
                self.cursor.next();
            }
            Some('\'' | '"') => {
                let name = self.string()?;
                location.names.push(name);
                self.cursor.blanks();
                if self.cursor.peek() == Some(',') {
                    return Err(self.cursor.unsupported("a union of names"));
                }
            }
            Some('0'..='9' | '-' | ':') => {
                return Err(self.cursor.unsupported("an index or slice"));
            }
            Some('(') => return Err(self.cursor.unsupported("a script expression")),
            _ => {
                return Err(self
                    .cursor
                    .expected("a predicate '?(...)', a quoted name or '*'"));
            }
        }
        self.cursor.require("]")
    }

    fn predicate(&mut self, location: &mut Location) -> Parsed<()> {
        let found = location.found()?;
        self.enter()?;
        let filter = self.expression(&found.below)?;
        self.depth -= 1;
        location.elements.push((found.path, filter));
        location.names.clear();
        location.scope = found.below;
        Ok(())
    }
}
