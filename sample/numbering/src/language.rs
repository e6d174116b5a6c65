//! Patterns of numbers as automata over digits: what may follow what has been dialled so far.

use std::collections::{BTreeSet, HashMap};

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

/// Digits, one bit each.
type Digits = u16;
/// Copies of what may be repeated at most: numbers have 15 digits.
const REPEAT_MAX: u32 = 20;

/// A state of the automaton that follows all possibilities at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct State(usize);

/// The numbers that a pattern matches.
#[derive(Debug)]
pub struct Language {
    nodes: Vec<Node>,
    /// Sets of nodes, by state.
    sets: Vec<BTreeSet<usize>>,
    states: HashMap<BTreeSet<usize>, State>,
    pub start: State,
}

#[derive(Debug)]
enum Node {
    /// One of the digits, then another node.
    Digit(Digits, usize),
    /// Any of these nodes.
    Either(Vec<usize>),
    End,
}

impl Language {
    /// The language of a pattern.
    ///
    /// # Errors
    /// When it has something that patterns of numbers do not have.
    pub fn of(pattern: &str) -> Result<Self, String> {
        let mut parser = ParserBuilder::new()
            .unicode(false)
            .utf8(false)
            .ignore_whitespace(true)
            .build();
        let parsed = parser.parse(pattern).map_err(|error| error.to_string())?;
        let mut language = Language {
            nodes: vec![Node::End],
            sets: Vec::new(),
            states: HashMap::new(),
            start: State(0),
        };
        let first = language.build(&parsed, 0)?;
        let mut set = BTreeSet::new();
        language.reach(first, &mut set);
        language.start = language.state(set);
        Ok(language)
    }

    /// The state after a digit; none when no number goes on with it.
    pub fn after(&mut self, state: State, digit: u8) -> Option<State> {
        let mut next = Vec::new();
        for node in self.sets.get(state.0)? {
            if let Some(Node::Digit(digits, then)) = self.nodes.get(*node)
                && digits & (1 << digit) != 0
            {
                next.push(*then);
            }
        }
        let mut set = BTreeSet::new();
        next.into_iter().for_each(|node| self.reach(node, &mut set));
        (!set.is_empty()).then(|| self.state(set))
    }

    /// The nodes that a pattern adds before another node; the first of them.
    fn build(&mut self, pattern: &Hir, then: usize) -> Result<usize, String> {
        match pattern.kind() {
            HirKind::Empty => Ok(then),
            HirKind::Look(_) => Ok(then),
            HirKind::Literal(literal) => {
                let digits = literal.0.iter().rev();
                digits
                    .copied()
                    .try_fold(then, |then, byte| self.digits(range(byte, byte), then))
            }
            HirKind::Class(class) => self.digits(class_digits(class), then),
            HirKind::Capture(capture) => self.build(&capture.sub, then),
            HirKind::Concat(parts) => parts
                .iter()
                .rev()
                .try_fold(then, |then, part| self.build(part, then)),
            HirKind::Alternation(parts) => {
                let parts = parts.iter().map(|part| self.build(part, then));
                let parts = parts.collect::<Result<Vec<usize>, String>>()?;
                Ok(self.add(Node::Either(parts)))
            }
            HirKind::Repetition(repeated) => {
                let most = repeated.max.unwrap_or(REPEAT_MAX).min(REPEAT_MAX);
                let mut first = then;
                for _ in repeated.min..most {
                    let once = self.build(&repeated.sub, first)?;
                    first = self.add(Node::Either(vec![once, then]));
                }
                (0..repeated.min).try_fold(first, |then, _| self.build(&repeated.sub, then))
            }
        }
    }

    fn digits(&mut self, digits: Digits, then: usize) -> Result<usize, String> {
        match digits {
            0 => Err("a pattern with something that is no digit".to_owned()),
            _ => Ok(self.add(Node::Digit(digits, then))),
        }
    }

    fn add(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    /// Adds a node, or those that it stands for.
    fn reach(&self, node: usize, set: &mut BTreeSet<usize>) {
        match self.nodes.get(node) {
            Some(Node::Either(nodes)) => nodes.iter().for_each(|node| self.reach(*node, set)),
            Some(_) => {
                set.insert(node);
            }
            None => {}
        }
    }

    fn state(&mut self, set: BTreeSet<usize>) -> State {
        if let Some(known) = self.states.get(&set) {
            return *known;
        }
        let state = State(self.sets.len());
        self.sets.push(set.clone());
        self.states.insert(set, state);
        state
    }
}

fn class_digits(class: &Class) -> Digits {
    match class {
        Class::Bytes(class) => {
            let ranges = class.ranges().iter();
            ranges.fold(0, |digits, part| digits | range(part.start(), part.end()))
        }
        Class::Unicode(class) => {
            let byte = |c: char| u8::try_from(c).unwrap_or(u8::MAX);
            let ranges = class.ranges().iter();
            ranges.fold(0, |digits, part| {
                digits | range(byte(part.start()), byte(part.end()))
            })
        }
    }
}

/// The digits from one byte to another.
fn range(first: u8, last: u8) -> Digits {
    let bytes = (b'0'..=b'9').enumerate();
    let within = bytes.filter(|(_, byte)| (first..=last).contains(byte));
    within.fold(0, |digits, (digit, _)| digits | (1 << digit))
}

#[cfg(test)]
mod tests {
    use super::Language;

    fn goes_on(pattern: &str, dialled: &str) -> bool {
        let mut language = Language::of(pattern).unwrap();
        let digits = dialled.bytes().map(|byte| byte - b'0');
        let start = Some(language.start);
        digits
            .fold(start, |state, digit| language.after(state?, digit))
            .is_some()
    }

    #[test]
    fn numbers_go_on_as_their_pattern_says() {
        let mobile = r"1(?:6[023]|7\d)\d{7,8}|15(?:[0-25-9]\d\d|3(?:10|33))\d{6}";
        for (dialled, expected) in [
            ("", true),
            ("1", true),
            ("160", true),
            ("161", false),
            ("1531", true),
            ("15311", false),
            ("1791234567", true),
            ("17912345678", true),
            ("179123456789", false),
            ("2", false),
        ] {
            assert_eq!(goes_on(mobile, dialled), expected, "{dialled}");
        }
        assert!(Language::of("[a-z]").is_err());
    }
}
