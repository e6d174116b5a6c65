//! SQL put together from pieces and bound values. Values never become part of the text, and the
//! text depends on the shape of a request alone, so prepared statements are cached by it.

use diesel::RunQueryDsl;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::{BigInt, Bool, Text, Untyped};

use super::super::dialect::{self, Db};
use super::Conn;

/// A piece of a statement.
enum Piece {
    Text(String),
    Int(i64),
    Str(String),
    Bool(bool),
    List(dialect::List),
}

/// A statement in the making.
#[derive(Default)]
pub(in crate::store) struct Sql {
    pieces: Vec<Piece>,
}

impl Sql {
    pub fn new(text: &str) -> Self {
        let mut sql = Sql::default();
        sql.push(text);
        sql
    }

    pub fn push(&mut self, text: &str) -> &mut Self {
        if let Some(Piece::Text(last)) = self.pieces.last_mut() {
            last.push_str(text);
        } else {
            self.pieces.push(Piece::Text(text.to_owned()));
        }
        self
    }

    pub fn int(&mut self, value: i64) -> &mut Self {
        self.pieces.push(Piece::Int(value));
        self
    }

    pub fn text(&mut self, value: &str) -> &mut Self {
        self.pieces.push(Piece::Str(value.to_owned()));
        self
    }

    pub fn bool(&mut self, value: bool) -> &mut Self {
        self.pieces.push(Piece::Bool(value));
        self
    }

    /// `= one of these texts`.
    pub fn any_text(&mut self, values: &[String]) -> &mut Self {
        self.any(dialect::List::texts(values))
    }

    /// `= one of these numbers`.
    pub fn any_int(&mut self, values: &[i64]) -> &mut Self {
        self.any(dialect::List::ints(values))
    }

    fn any(&mut self, list: dialect::List) -> &mut Self {
        self.push(dialect::ANY_OPEN);
        self.pieces.push(Piece::List(list));
        self.push(dialect::ANY_CLOSE)
    }

    /// These texts as one value.
    #[allow(dead_code, reason = "only one of the databases takes arrays")]
    pub fn texts(&mut self, values: &[String]) -> &mut Self {
        self.pieces.push(Piece::List(dialect::List::texts(values)));
        self
    }

    /// Runs a statement without rows.
    pub fn run(self, conn: &mut Conn) -> QueryResult<usize> {
        self.execute(conn)
    }
}

impl QueryFragment<Db> for Sql {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Db>) -> QueryResult<()> {
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.push_sql(text),
                Piece::Int(value) => out.push_bind_param::<BigInt, _>(value)?,
                Piece::Str(value) => out.push_bind_param::<Text, _>(value)?,
                Piece::Bool(value) => out.push_bind_param::<Bool, _>(value)?,
                Piece::List(list) => list.bind(&mut out)?,
            }
        }
        Ok(())
    }
}

impl QueryId for Sql {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Sql {
    type SqlType = Untyped;
}

impl RunQueryDsl<Conn> for Sql {}
