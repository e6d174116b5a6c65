//! Finding a customer by what people know: a name, a number, an address, an identifier.
//!
//! Customers and parties are found by the words of their own documents. A party stands for the
//! customers whose engaged party it is; as a customer holds its party's name as well, a name
//! together with something that only one of the two knows finds it too.

use std::collections::HashSet;

use super::{CUSTOMER, ENGAGED_PARTY};
use crate::domain::problem::Outcome;
use crate::domain::text::{Term, as_beginning, terms_of};
use crate::engine::{Caller, Engine};
use crate::store::{AnyOf, Head, ResourceRow, Session, Store, Word};

/// Answers a client may ask for at most.
const MOST: usize = 100;
/// Without a wish.
const USUAL: usize = 20;
/// Candidates looked at for each answer: those that match best come first among them.
const CANDIDATES: usize = 4;

/// What is looked for.
pub struct Search {
    terms: Vec<Term>,
    limit: usize,
}

impl Search {
    /// Reads what somebody typed; `limit` is 20 when missing, and 100 at most.
    ///
    /// # Errors
    /// `InvalidQuery` when nothing can be looked for.
    pub fn new(query: &str, limit: Option<usize>) -> Outcome<Self> {
        Ok(Search {
            terms: terms_of(query)?,
            limit: limit.unwrap_or(USUAL).min(MOST),
        })
    }

    fn words(&self, how: How) -> Vec<AnyOf> {
        let any_of = |term| any_of(term, how);
        self.terms.iter().map(any_of).collect()
    }

    /// Whether there may be more than has just these words.
    fn has_beginnings(&self) -> bool {
        let is_whole = |term: &Term| matches!(term, Term::Exact(_));
        !self.terms.iter().all(is_whole)
    }
}

/// How words are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    /// As they were typed. Quick however many there are: databases stop when they have enough.
    Whole,
    /// As beginnings.
    Beginnings,
}

fn any_of(term: &Term, how: How) -> AnyOf {
    let word = |text: &str, prefix| Word {
        text: text.to_owned(),
        prefix,
    };
    let beginning = |text: &str| match (how, as_beginning(text)) {
        (How::Whole, _) => word(text, false),
        (How::Beginnings, Some(known)) => word(&known, false),
        (How::Beginnings, None) => word(text, true),
    };
    match term {
        Term::Prefix(text) => vec![beginning(text)],
        Term::Exact(text) => vec![word(text, false)],
        Term::Number { digits, ending } => {
            let ending = ending.iter().map(|text| word(text, false));
            [beginning(digits)].into_iter().chain(ending).collect()
        }
    }
}

/// The customers that match, those whose name is just what was asked for first. Three queries, and
/// three more when too few have the words just as they were typed.
///
/// # Errors
/// `Unavailable` when too many reads are under way.
pub async fn search(engine: &Engine, caller: &Caller, asked: Search) -> Outcome<Vec<ResourceRow>> {
    let tenant = caller.tenant;
    let store = engine.store.clone();
    engine
        .store
        .scan(move |session| {
            let mut find = |how| {
                let limit = asked.limit.saturating_mul(CANDIDATES);
                let limit = i64::try_from(limit).unwrap_or(i64::MAX);
                let heads = session.find_words(tenant, &asked.words(how), limit)?;
                customers(session, &store, tenant, &heads, limit)
            };
            let mut rows = find(How::Whole)?;
            if rows.len() < asked.limit && asked.has_beginnings() {
                let known: HashSet<i64> = rows.iter().map(|row| row.seq).collect();
                let more = find(How::Beginnings)?.into_iter();
                rows.extend(more.filter(|row| !known.contains(&row.seq)));
            }
            let best = |row: &ResourceRow| std::cmp::Reverse(matching_words(row, &asked.terms));
            rows.sort_by_cached_key(best);
            rows.truncate(asked.limit);
            Ok(rows)
        })
        .await
}

/// The customers among what was found, and those of the parties among it.
fn customers(
    session: &mut dyn Session,
    store: &Store,
    tenant: i64,
    heads: &[Head],
    limit: i64,
) -> crate::store::DbResult<Vec<ResourceRow>> {
    let (own, parties): (Vec<&Head>, Vec<&Head>) = heads.iter().partition(|h| h.kind == CUSTOMER);
    let seqs: Vec<i64> = own.iter().map(|head| head.seq).collect();
    let mut rows = if seqs.is_empty() {
        Vec::new()
    } else {
        session.rows_by_seq(&seqs)?
    };
    let ids: Vec<String> = parties.iter().map(|head| head.id.clone()).collect();
    let by_party = store.attributes().number(CUSTOMER, ENGAGED_PARTY);
    if let Some(attribute) = by_party.filter(|_| !ids.is_empty()) {
        let known: HashSet<i64> = seqs.into_iter().collect();
        let of_parties = session.rows_by_index(tenant, &[attribute], &ids, limit)?;
        rows.extend(of_parties.into_iter().filter(|r| !known.contains(&r.seq)));
    }
    Ok(rows)
}

/// How many of the terms are whole words of the customer's name.
fn matching_words(row: &ResourceRow, terms: &[Term]) -> usize {
    let mut name = std::collections::BTreeSet::new();
    crate::domain::text::words_of(row.label.as_deref().unwrap_or_default(), &mut name);
    terms
        .iter()
        .filter(|term| match term {
            Term::Prefix(text) | Term::Exact(text) => name.contains(text),
            Term::Number { .. } => false,
        })
        .count()
}
