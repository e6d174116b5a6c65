//! From the words of an expression to its tree, by recursive descent with bounded depth.

use super::lex::{Placed, Token, tokens};
use super::{Datum, MAX_DEPTH, Path, SyntaxError};

/// A part of an expression.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Literal(Datum<'static>),
    Path(Path),
    Not(Box<Node>),
    Negative(Box<Node>),
    Binary(Operator, Box<(Node, Node)>),
    /// Condition, then, otherwise.
    Choice(Box<(Node, Node, Node)>),
    In(Box<Node>, Vec<Node>),
    Call(Function, Vec<Node>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    Equal,
    Different,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Plus,
    Minus,
    Times,
    Over,
    Rest,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Upper,
    Lower,
    Concat,
    Round,
    Min,
    Max,
    Coalesce,
    Len,
    Text,
    Number,
}

impl Function {
    /// Name, and how many arguments it takes at least and at most.
    const ALL: [(&'static str, Function, usize, usize); 10] = [
        ("upper", Function::Upper, 1, 1),
        ("lower", Function::Lower, 1, 1),
        ("concat", Function::Concat, 1, 20),
        ("round", Function::Round, 1, 2),
        ("min", Function::Min, 1, 20),
        ("max", Function::Max, 1, 20),
        ("coalesce", Function::Coalesce, 1, 20),
        ("len", Function::Len, 1, 1),
        ("text", Function::Text, 1, 1),
        ("number", Function::Number, 1, 1),
    ];

    pub fn name(self) -> &'static str {
        let mut all = Function::ALL.iter();
        all.find(|(_, f, ..)| *f == self)
            .map_or("", |(name, ..)| name)
    }
}

impl Node {
    pub fn paths<'n>(&'n self, found: &mut Vec<&'n Path>) {
        match self {
            Node::Literal(_) => {}
            Node::Path(path) => found.push(path),
            Node::Not(node) | Node::Negative(node) => node.paths(found),
            Node::Binary(_, pair) => {
                pair.0.paths(found);
                pair.1.paths(found);
            }
            Node::Choice(parts) => {
                parts.0.paths(found);
                parts.1.paths(found);
                parts.2.paths(found);
            }
            Node::In(node, list) => {
                node.paths(found);
                list.iter().for_each(|node| node.paths(found));
            }
            Node::Call(_, arguments) => arguments.iter().for_each(|node| node.paths(found)),
        }
    }
}

pub(super) fn parse(source: &str) -> Result<Node, SyntaxError> {
    let mut parser = Parser {
        end: source.chars().count() + 1,
        tokens: tokens(source)?,
        next: 0,
    };
    let tree = parser.choice(0)?;
    match parser.peek() {
        None => Ok(tree.node),
        Some(_) => Err(parser.unexpected("the end")),
    }
}

/// A part and how many levels it has. Chains such as `a + b + c` make levels without recursion.
struct Tree {
    node: Node,
    levels: usize,
}

type Parsed = Result<Tree, SyntaxError>;

struct Parser {
    tokens: Vec<Placed>,
    next: usize,
    end: usize,
}

/// Binary operators that chain, from the loosest to the closest level.
const SUMS: [(&str, Operator); 2] = [("+", Operator::Plus), ("-", Operator::Minus)];
const PRODUCTS: [(&str, Operator); 3] = [
    ("*", Operator::Times),
    ("/", Operator::Over),
    ("%", Operator::Rest),
];
const COMPARISONS: [(&str, Operator); 6] = [
    ("==", Operator::Equal),
    ("!=", Operator::Different),
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("<", Operator::Less),
    (">", Operator::Greater),
];

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|placed| &placed.token)
    }

    fn at(&self) -> usize {
        self.tokens
            .get(self.next)
            .map_or(self.end, |placed| placed.at)
    }

    fn unexpected(&self, wanted: &str) -> SyntaxError {
        let found = match self.peek() {
            None => "the end".to_owned(),
            Some(Token::Number(number)) => format!("`{number}`"),
            Some(Token::Text(text)) => format!("the text `{text}`"),
            Some(Token::Word(word)) => format!("`{word}`"),
            Some(Token::Sign(sign)) => format!("`{sign}`"),
        };
        SyntaxError::new(self.at(), format!("{wanted} is expected, not {found}"))
    }

    fn sign(&mut self, sign: &str) -> bool {
        let is_there = matches!(self.peek(), Some(Token::Sign(s)) if *s == sign);
        self.next += usize::from(is_there);
        is_there
    }

    fn word(&mut self, word: &str) -> bool {
        let is_there = matches!(self.peek(), Some(Token::Word(w)) if w == word);
        self.next += usize::from(is_there);
        is_there
    }

    fn demand(&mut self, sign: &str) -> Result<(), SyntaxError> {
        if self.sign(sign) {
            return Ok(());
        }
        Err(self.unexpected(&format!("`{sign}`")))
    }

    fn bounded(&self, node: Node, below: usize) -> Parsed {
        if below >= MAX_DEPTH {
            return Err(self.too_deep());
        }
        Ok(Tree {
            node,
            levels: below + 1,
        })
    }

    fn too_deep(&self) -> SyntaxError {
        let message = format!("the expression has more than {MAX_DEPTH} levels");
        SyntaxError::new(self.at(), message)
    }

    fn choice(&mut self, depth: usize) -> Parsed {
        if depth >= MAX_DEPTH {
            return Err(self.too_deep());
        }
        let condition = self.or(depth)?;
        if !self.sign("?") {
            return Ok(condition);
        }
        let yes = self.choice(depth + 1)?;
        self.demand(":")?;
        let no = self.choice(depth + 1)?;
        let below = condition.levels.max(yes.levels).max(no.levels);
        let parts = Box::new((condition.node, yes.node, no.node));
        self.bounded(Node::Choice(parts), below)
    }

    fn joined(&self, operator: Operator, left: Tree, right: Tree) -> Parsed {
        let below = left.levels.max(right.levels);
        let pair = Box::new((left.node, right.node));
        self.bounded(Node::Binary(operator, pair), below)
    }

    fn or(&mut self, depth: usize) -> Parsed {
        let mut left = self.and(depth)?;
        while self.word("or") {
            let right = self.and(depth)?;
            left = self.joined(Operator::Or, left, right)?;
        }
        Ok(left)
    }

    fn and(&mut self, depth: usize) -> Parsed {
        let mut left = self.not(depth)?;
        while self.word("and") {
            let right = self.not(depth)?;
            left = self.joined(Operator::And, left, right)?;
        }
        Ok(left)
    }

    fn not(&mut self, depth: usize) -> Parsed {
        if depth >= MAX_DEPTH {
            return Err(self.too_deep());
        }
        if self.word("not") {
            let tree = self.not(depth + 1)?;
            return self.bounded(Node::Not(Box::new(tree.node)), tree.levels);
        }
        self.comparison(depth)
    }

    fn comparison(&mut self, depth: usize) -> Parsed {
        let left = self.sum(depth)?;
        if self.word("in") {
            self.demand("[")?;
            let (list, below) = self.list("]", depth)?;
            let below = below.max(left.levels);
            return self.bounded(Node::In(Box::new(left.node), list), below);
        }
        for (sign, operator) in COMPARISONS {
            if self.sign(sign) {
                let right = self.sum(depth)?;
                return self.joined(operator, left, right);
            }
        }
        Ok(left)
    }

    fn sum(&mut self, depth: usize) -> Parsed {
        let mut left = self.product(depth)?;
        while let Some((_, operator)) = SUMS.iter().find(|(sign, _)| self.sign(sign)) {
            let right = self.product(depth)?;
            left = self.joined(*operator, left, right)?;
        }
        Ok(left)
    }

    fn product(&mut self, depth: usize) -> Parsed {
        let mut left = self.unary(depth)?;
        while let Some((_, operator)) = PRODUCTS.iter().find(|(sign, _)| self.sign(sign)) {
            let right = self.unary(depth)?;
            left = self.joined(*operator, left, right)?;
        }
        Ok(left)
    }

    fn unary(&mut self, depth: usize) -> Parsed {
        if depth >= MAX_DEPTH {
            return Err(self.too_deep());
        }
        if self.sign("-") {
            let tree = self.unary(depth + 1)?;
            return self.bounded(Node::Negative(Box::new(tree.node)), tree.levels);
        }
        self.primary(depth)
    }

    fn primary(&mut self, depth: usize) -> Parsed {
        if self.sign("(") {
            let inner = self.choice(depth + 1)?;
            self.demand(")")?;
            return Ok(inner);
        }
        let at = self.at();
        let Some(token) = self.peek().cloned() else {
            return Err(self.unexpected("a value"));
        };
        let literal = match token {
            Token::Number(number) => Datum::Number(number),
            Token::Text(text) => Datum::Text(text.into()),
            Token::Word(word) => {
                self.next += 1;
                return self.named(&word, at, depth);
            }
            Token::Sign(_) => return Err(self.unexpected("a value")),
        };
        self.next += 1;
        self.bounded(Node::Literal(literal), 0)
    }

    /// What a word stands for.
    fn named(&mut self, word: &str, at: usize, depth: usize) -> Parsed {
        let literal = match word {
            "true" => Datum::Bool(true),
            "false" => Datum::Bool(false),
            "null" => Datum::Null,
            _ if self.sign("(") => return self.call(word, at, depth),
            _ => {
                let path = self.path(word, at)?;
                return self.bounded(Node::Path(path), 0);
            }
        };
        self.bounded(Node::Literal(literal), 0)
    }

    fn call(&mut self, name: &str, at: usize, depth: usize) -> Parsed {
        let found = Function::ALL.iter().find(|(n, ..)| *n == name);
        let Some((_, function, least, most)) = found else {
            let message = format!("there is no function `{name}`");
            return Err(SyntaxError::new(at, message));
        };
        let (arguments, below) = self.list(")", depth)?;
        if !(*least..=*most).contains(&arguments.len()) {
            let message = format!("`{name}` takes {least} to {most} arguments");
            return Err(SyntaxError::new(at, message));
        }
        self.bounded(Node::Call(*function, arguments), below)
    }

    /// Values with commas between, up to the closing sign.
    fn list(&mut self, close: &str, depth: usize) -> Result<(Vec<Node>, usize), SyntaxError> {
        let mut found = Vec::new();
        let mut levels = 0;
        if self.sign(close) {
            return Ok((found, levels));
        }
        loop {
            let tree = self.choice(depth + 1)?;
            levels = levels.max(tree.levels);
            found.push(tree.node);
            if self.sign(close) {
                return Ok((found, levels));
            }
            self.demand(",")?;
        }
    }

    fn path(&mut self, root: &str, at: usize) -> Result<Path, SyntaxError> {
        let simple = match root {
            "action" => Some(Path::Action),
            "quantity" => Some(Path::Quantity),
            "offering" => Some(Path::Offering),
            "specification" => Some(Path::Specification),
            "service" => Some(Path::Service),
            _ => None,
        };
        if let Some(path) = simple {
            return Ok(path);
        }
        if !matches!(root, "characteristic" | "previous" | "place" | "order") {
            let message = format!(
                "`{root}` is not known; there are characteristic, previous, place, order, \
                 action, quantity, offering, specification and service"
            );
            return Err(SyntaxError::new(at, message));
        }
        let name = self.step()?.ok_or_else(|| {
            let message = format!("a name follows `{root}`, as in `{root}.name`");
            SyntaxError::new(at, message)
        })?;
        match (root, name.as_str()) {
            ("characteristic", _) => Ok(Path::Characteristic(name)),
            ("previous", _) => Ok(Path::Previous(name)),
            ("order", "priority") => Ok(Path::OrderPriority),
            ("order", "category") => Ok(Path::OrderCategory),
            ("order", _) => {
                let message = "of the order, `priority` and `category` are known";
                Err(SyntaxError::new(at, message))
            }
            _ => {
                let mut names = vec![name];
                while let Some(next) = self.step()? {
                    names.push(next);
                }
                Ok(Path::Place(names))
            }
        }
    }

    /// `.name` or `["name"]`.
    fn step(&mut self) -> Result<Option<String>, SyntaxError> {
        if self.sign(".") {
            let Some(Token::Word(name)) = self.peek().cloned() else {
                return Err(self.unexpected("a name"));
            };
            self.next += 1;
            return Ok(Some(name));
        }
        if !self.sign("[") {
            return Ok(None);
        }
        let Some(Token::Text(name)) = self.peek().cloned() else {
            return Err(self.unexpected("a name in quotes"));
        };
        self.next += 1;
        self.demand("]")?;
        Ok(Some(name))
    }
}
