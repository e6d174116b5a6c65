//! Conditions inside a predicate, by recursive descent.

use super::super::filter::{Filter, Function, Measure, Op, Test};
use super::super::operand::Operand;
use super::super::scope::Scope;
use super::literal::{Literal, delimited};
use super::location::Location;
use super::{Parsed, Parser, Refusal};
use crate::domain::descriptor::Scalar;

/// Predicates, parentheses and negations inside each other.
const MAX_DEPTH: usize = 32;

/// One side of a comparison.
enum Side {
    Location(Location),
    Measure(Function, Location),
    Literal(Literal),
}

impl Parser<'_> {
    pub(super) fn enter(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self
                .cursor
                .invalid(&format!("more than {MAX_DEPTH} levels are open")));
        }
        Ok(())
    }

    /// `a && b || c`: AND binds tighter.
    pub(super) fn expression(&mut self, scope: &Scope) -> Parsed<Filter> {
        let mut choices = vec![self.conjunction(scope)?];
        while self.after_blanks("||") {
            choices.push(self.conjunction(scope)?);
        }
        match choices.pop() {
            Some(only) if choices.is_empty() => Ok(only),
            last => {
                choices.extend(last);
                Ok(Filter::Any(choices))
            }
        }
    }

    fn conjunction(&mut self, scope: &Scope) -> Parsed<Filter> {
        let mut parts = vec![self.negation(scope)?];
        while self.after_blanks("&&") {
            parts.push(self.negation(scope)?);
        }
        Ok(Filter::all(parts))
    }

    fn negation(&mut self, scope: &Scope) -> Parsed<Filter> {
        self.cursor.blanks();
        if self.cursor.take("!") {
            self.enter()?;
            let inner = self.negation(scope)?;
            self.depth -= 1;
            return Ok(Filter::Not(Box::new(inner)));
        }
        if self.cursor.take("(") {
            self.enter()?;
            let inner = self.expression(scope)?;
            self.depth -= 1;
            self.cursor.require(")")?;
            return Ok(inner);
        }
        self.comparison(scope)
    }

    fn after_blanks(&mut self, token: &str) -> bool {
        self.cursor.blanks();
        self.cursor.take(token)
    }

    fn comparison(&mut self, scope: &Scope) -> Parsed<Filter> {
        let left = self.side(scope)?;
        let Some(op) = self.operator()? else {
            return self.alone(left);
        };
        let right = self.side(scope)?;
        match (left, right) {
            (Side::Location(location), Side::Literal(literal)) => self.test(location, op, literal),
            (Side::Literal(literal), Side::Location(location)) => {
                self.test(location, flipped(op), literal)
            }
            (Side::Measure(function, location), Side::Literal(literal)) => {
                self.measure(function, location, op, literal)
            }
            (Side::Literal(literal), Side::Measure(function, location)) => {
                self.measure(function, location, flipped(op), literal)
            }
            (Side::Literal(_), Side::Literal(_)) => Err(self
                .cursor
                .unsupported("a comparison of two constants, ending")),
            _ => Err(self.cursor.unsupported("a comparison of two paths, ending")),
        }
    }

    fn alone(&mut self, side: Side) -> Parsed<Filter> {
        match side {
            Side::Location(location) if location.ends_in_predicate() => Ok(location.wrap(None)),
            Side::Location(location) => {
                let there = location.existence(Op::Present)?;
                Ok(location.wrap(Some(there)))
            }
            _ => Err(self.cursor.expected("a comparison")),
        }
    }

    fn operator(&mut self) -> Parsed<Option<Op>> {
        self.cursor.blanks();
        let signs = [
            ("==", Op::Eq),
            ("!=", Op::Ne),
            ("<=", Op::Lte),
            (">=", Op::Gte),
            ("=~", Op::Regex),
            ("<", Op::Lt),
            (">", Op::Gt),
        ];
        for (sign, op) in signs {
            if self.cursor.take(sign) {
                self.cursor.blanks();
                return Ok(Some(op));
            }
        }
        if self.cursor.at_name() {
            return Err(self.word_operator());
        }
        Ok(None)
    }

    /// Operators of JSONPath dialects that are words.
    fn word_operator(&mut self) -> Refusal {
        const KNOWN: [&str; 9] = [
            "in", "nin", "subsetof", "anyof", "noneof", "size", "empty", "contains", "like",
        ];
        let expected = self.cursor.expected("an operator");
        let word = self.cursor.name();
        if KNOWN.contains(&word) {
            return self
                .cursor
                .unsupported(&format!("the operator '{word}' before"));
        }
        expected
    }

    fn side(&mut self, scope: &Scope) -> Parsed<Side> {
        self.cursor.blanks();
        match self.cursor.peek() {
            Some('@') => {
                self.cursor.next();
                self.location(scope.clone()).map(Side::Location)
            }
            Some('$') => Err(self
                .cursor
                .unsupported("a path from the root in a predicate")),
            Some('\'' | '"') => Ok(Side::Literal(Literal::Text(self.string()?))),
            Some('/') => self.regex().map(Side::Literal),
            Some('-' | '0'..='9') => self.number().map(Side::Literal),
            Some(character) if character.is_alphabetic() => self.word(scope),
            _ => Err(self.cursor.expected("a path '@...', a value or '('")),
        }
    }

    /// `true`, `false`, `null` or a function.
    fn word(&mut self, scope: &Scope) -> Parsed<Side> {
        let expected = self.cursor.expected("a path '@...' or a value");
        let word = self.cursor.name();
        match word {
            "true" | "false" => return Ok(Side::Literal(Literal::Plain(word.to_owned()))),
            "null" => return Ok(Side::Literal(Literal::Null)),
            _ => {}
        }
        if !self.cursor.take("(") {
            return Err(expected);
        }
        let function = match word {
            "length" => Function::Length,
            "min" => Function::Min,
            "max" => Function::Max,
            _ => {
                let what = format!("the function '{word}' before");
                return Err(self.cursor.unsupported(&what));
            }
        };
        self.cursor.blanks();
        if !self.cursor.take("@") {
            return Err(self.cursor.expected("a path '@...'"));
        }
        let location = self.location(scope.clone())?;
        if location.ends_in_predicate() {
            return Err(self.cursor.unsupported("a predicate in a function, ending"));
        }
        self.cursor.require(")")?;
        Ok(Side::Measure(function, location))
    }

    fn test(&mut self, location: Location, op: Op, literal: Literal) -> Parsed<Filter> {
        if let Literal::Null = literal {
            let op = match op {
                Op::Eq => Op::Absent,
                Op::Ne => Op::Present,
                _ => return Err(self.cursor.invalid("null can only be equal or not, ending")),
            };
            let test = location.existence(op)?;
            return Ok(location.wrap(Some(test)));
        }
        let found = location.comparable()?;
        let scalar = found.path.scalar;
        self.budget.value(op).map_err(Refusal::Invalid)?;
        let operand = self.operand(literal, scalar, op)?;
        let test = Filter::Test(Test {
            path: found.path,
            op,
            values: vec![operand],
        });
        Ok(location.wrap(Some(test)))
    }

    fn operand(&self, literal: Literal, scalar: Option<Scalar>, op: Op) -> Parsed<Operand> {
        let read = match (op, literal) {
            (Op::Regex, Literal::Regex(text, any_case)) => Operand::regex(text, any_case),
            (Op::Regex, Literal::Text(text)) => match delimited(&text) {
                Some((inner, any_case)) => Operand::regex(inner.to_owned(), any_case),
                None => Operand::regex(text, false),
            },
            (Op::Regex, _) | (_, Literal::Regex(..)) => {
                return Err(self
                    .cursor
                    .invalid("'=~' and a regular expression belong together, ending"));
            }
            (_, Literal::Text(text)) => Operand::read(text, scalar, op).map(|o| o.strict(true)),
            (_, Literal::Plain(text)) => Operand::read(text, scalar, op).map(|o| o.strict(false)),
            (_, Literal::Null) => return Err(self.cursor.invalid("null cannot be compared")),
        };
        read.map_err(|message| self.cursor.invalid(&message))
    }

    fn measure(
        &mut self,
        function: Function,
        location: Location,
        op: Op,
        literal: Literal,
    ) -> Parsed<Filter> {
        let Literal::Plain(text) = literal else {
            return Err(self
                .cursor
                .invalid("a function compares with a number, ending"));
        };
        if !op.is_comparison() {
            return Err(self
                .cursor
                .invalid("a function compares with a number, ending"));
        }
        self.budget.value(op).map_err(Refusal::Invalid)?;
        let value = Operand::read(text, Some(Scalar::Number), op)
            .map_err(|message| self.cursor.invalid(&message))?;
        let measure = Filter::Measure(Measure {
            function,
            path: location.found()?.path,
            op,
            value,
        });
        Ok(location.wrap(Some(measure)))
    }
}

/// The operator seen from the other side.
fn flipped(op: Op) -> Op {
    match op {
        Op::Gt => Op::Lt,
        Op::Gte => Op::Lte,
        Op::Lt => Op::Gt,
        Op::Lte => Op::Gte,
        other => other,
    }
}
