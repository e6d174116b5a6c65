//! What a list asks of the store: conditions on indexed attributes, an order, a window. Anything
//! an index cannot answer is evaluated by the engine on the documents that a scan hands out.

/// A condition on one indexed attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Number of the attribute in the `attribute` table.
    pub attribute: i64,
    pub test: Match,
}

/// How an index value is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    Equals(String),
    AnyOf(Vec<String>),
    Range { op: RangeOp, bound: String },
}

/// Order comparison of index values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RangeOp {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl RangeOp {
    pub(in crate::store) const fn sql(self) -> &'static str {
        match self {
            RangeOp::Less => "<",
            RangeOp::LessOrEqual => "<=",
            RangeOp::Greater => ">",
            RangeOp::GreaterOrEqual => ">=",
        }
    }
}

/// The order of a list: always ends in `seq`, so it is total.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Order of creation.
    Created,
    /// By an indexed attribute that every resource of the kind has exactly once.
    Attribute(i64),
}

/// Where a page starts, exclusive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// Index value at the position, when ordered by an attribute.
    pub value: Option<String>,
    pub seq: i64,
}

/// A list request that the store can answer by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub tenant: i64,
    pub kind: &'static str,
    /// Only the version that an id without a version means.
    pub current_only: bool,
    pub conditions: Vec<Condition>,
    /// Only these ids, when set.
    pub ids: Option<Vec<String>>,
    /// Texts that the document must contain: a cheap sieve before the engine evaluates it.
    pub contains: Vec<String>,
    pub order: Order,
    pub descending: bool,
    pub after: Option<Position>,
    pub offset: u64,
    pub limit: u64,
}

impl Plan {
    /// All current resources of a kind, in order of creation.
    pub fn all(tenant: i64, kind: &'static str) -> Self {
        Plan {
            tenant,
            kind,
            current_only: true,
            conditions: Vec::new(),
            ids: None,
            contains: Vec::new(),
            order: Order::Created,
            descending: false,
            after: None,
            offset: 0,
            limit: u64::MAX,
        }
    }

    /// Those of which an indexed attribute passes a test.
    pub fn having(tenant: i64, kind: &'static str, attribute: i64, test: Match) -> Self {
        Plan {
            conditions: vec![Condition { attribute, test }],
            ..Plan::all(tenant, kind)
        }
    }
}
