//! What all who rate share: tables, calendars and taxes as they are stored now, compiled, and the names
//! of what usage has. A new version is compiled aside and takes the place of the old one at once; whoever
//! holds the old one goes on with it undisturbed.
//!
//! ```text
//! let seen = book.library(tenant);              // never waits for a compilation
//! if tariff.revision != seen.revision {         // something prices are compiled from has changed
//!     let library = seen.with_prices(prices);
//!     tariff = Tariff::compile(&documents, &library)?;
//! }
//! policy.taxes = Arc::clone(&seen.taxes);
//! ```
//!
//! What this process commits is seen before its writer answers. Other processes on the database see it
//! within half a second, by [`Book::run`].

mod build;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use serde_json::Value;

use super::document::{Compiled, DocumentKind, compile_stored};
use crate::domain::problem::Outcome;
use crate::rating::calendar::Calendar;
use crate::rating::library::Library;
use crate::rating::table::Table;
use crate::rating::tax::{TaxRow, TaxTable};
use crate::store::{BookRow, DbResult, IdKey, Session, Store};

/// How often other processes' changes are looked for.
const POLL: Duration = Duration::from_millis(500);
/// Old versions that are kept compiled, for who explains many ratings.
const OLD_KEPT: usize = 8;

/// What prices of one tenant are compiled with, at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Another number whenever a document, a usage specification's names, or a price of the catalog
    /// about usage was written, or the prices that an offering names: tariffs that were compiled with
    /// another one are to be compiled again.
    pub revision: u64,
    /// Tables, calendars and names. It has no prices: those belong to offerings.
    pub library: Arc<Library>,
    /// Rates of all tax tables.
    pub taxes: Arc<TaxTable>,
    counts: BookRow,
    shelf: BTreeMap<(DocumentKind, Box<str>), Shelved>,
}

/// A document in a snapshot.
#[derive(Clone, Debug)]
struct Shelved {
    number: i64,
    version: String,
    compiled: Compiled,
}

/// A version of a document: tenant, kind, id and number.
type Place = (i64, DocumentKind, String, i64);

impl Snapshot {
    fn empty(tenant: i64) -> Self {
        let counts = BookRow {
            tenant,
            ..BookRow::default()
        };
        Snapshot {
            revision: 0,
            library: Arc::default(),
            taxes: Arc::default(),
            counts,
            shelf: BTreeMap::new(),
        }
    }

    /// The library with stored documents of prices, by id: those that the prices of an offering refer
    /// to. Tables and calendars are shared, not copied.
    pub fn with_prices(&self, prices: HashMap<Box<str>, Arc<Value>>) -> Library {
        Library {
            prices,
            ..(*self.library).clone()
        }
    }

    /// The other tax table that has a rate for what a row is for.
    pub(super) fn taxed_by_another(&self, id: &str, row: &TaxRow) -> Option<&str> {
        let others = self.shelf.iter().filter(|((_, own), _)| **own != *id);
        let mut found = others.filter_map(|((_, other), shelved)| match &shelved.compiled {
            Compiled::Taxes(rows) => {
                let same = |own: &TaxRow| {
                    own.category == row.category
                        && own.place == row.place
                        && own.valid.overlaps(&row.valid)
                };
                rows.iter().any(same).then_some(&**other)
            }
            _ => None,
        });
        found.next()
    }

    /// How often the documents and names had changed.
    pub fn library_count(&self) -> i64 {
        self.counts.library
    }
}

/// The snapshots of all tenants.
pub struct Book {
    store: Store,
    shelves: RwLock<HashMap<i64, Arc<Snapshot>>>,
    /// Documents that are just being stored, so that they need not be compiled again.
    ready: Mutex<HashMap<Place, Compiled>>,
    old: Mutex<VecDeque<(Place, Compiled)>>,
    /// Held by who looks for changes.
    looking: Mutex<()>,
}

impl Book {
    /// Compiles what is stored, and follows what this process writes from now on.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn open(store: &Store) -> Outcome<Arc<Self>> {
        let book = Arc::new(Book {
            store: store.clone(),
            shelves: RwLock::default(),
            ready: Mutex::default(),
            old: Mutex::default(),
            looking: Mutex::default(),
        });
        book.look()?;
        // The store must not keep alive what keeps the store.
        let own = Arc::downgrade(&book);
        store.watch_book(move || {
            let Some(book) = own.upgrade() else {
                return;
            };
            if let Err(problem) = book.look() {
                tracing::warn!(problem = %problem.logged(), "changes of tariffs are seen later");
            }
        });
        Ok(book)
    }

    /// What prices are compiled with now. Waits for nobody.
    pub fn library(&self, tenant: i64) -> Arc<Snapshot> {
        let shelves = self.shelves.read().unwrap_or_else(PoisonError::into_inner);
        let found = shelves.get(&tenant).cloned();
        found.unwrap_or_else(|| Arc::new(Snapshot::empty(tenant)))
    }

    /// A version of a tariff table, of those that were ever loaded: for what was rated by it. Reads the
    /// database and compiles, unless it is the current version or one of the last that were asked for.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn table_version(
        &self,
        tenant: i64,
        id: &str,
        version: &str,
    ) -> Outcome<Option<Arc<Table>>> {
        let found = self.version(tenant, DocumentKind::Table, id, version)?;
        Ok(match found {
            Some(Compiled::Table(table)) => Some(table),
            _ => None,
        })
    }

    /// [`Book::table_version`] for a calendar.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn calendar_version(
        &self,
        tenant: i64,
        id: &str,
        version: &str,
    ) -> Outcome<Option<Arc<Calendar>>> {
        let found = self.version(tenant, DocumentKind::Calendar, id, version)?;
        Ok(match found {
            Some(Compiled::Calendar(calendar)) => Some(calendar),
            _ => None,
        })
    }

    /// Looks for changes of other processes until `shutdown` is ready.
    pub async fn run(self: Arc<Self>, shutdown: impl Future<Output = ()>) {
        tokio::pin!(shutdown);
        loop {
            tokio::select! {
                () = &mut shutdown => return,
                () = tokio::time::sleep(POLL) => {}
            }
            let book = Arc::clone(&self);
            let looked = tokio::task::spawn_blocking(move || book.look()).await;
            if let Ok(Err(problem)) = looked {
                tracing::warn!(problem = %problem.logged(), "changes of tariffs are seen later");
            }
        }
    }

    /// Brings the snapshots up to what is committed.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn look(&self) -> Outcome<()> {
        let _one = lock(&self.looking);
        self.store.read_blocking(|session| {
            for counts in session.books()? {
                let known = self.library(counts.tenant);
                if known.counts != counts {
                    let next = build::next(self, session, &known, counts)?;
                    let mut shelves = self.shelves.write().unwrap_or_else(PoisonError::into_inner);
                    shelves.insert(counts.tenant, Arc::new(next));
                }
            }
            Ok(())
        })
    }

    /// What a transaction sees, which may be more than is committed.
    pub(super) fn seen_by(
        &self,
        session: &mut dyn Session,
        tenant: i64,
    ) -> DbResult<Arc<Snapshot>> {
        let known = self.library(tenant);
        let counts = session.books()?.into_iter();
        let counts = counts.into_iter().find(|counts| counts.tenant == tenant);
        match counts {
            Some(counts) if counts.library != known.counts.library => {
                Ok(Arc::new(build::next(self, session, &known, counts)?))
            }
            _ => Ok(known),
        }
    }

    /// Has a document at hand that is about to be stored.
    pub(super) fn expect(&self, place: Place, compiled: Compiled) {
        lock(&self.ready).insert(place, compiled);
    }

    /// It is stored, or is not going to be.
    pub(super) fn forget(&self, place: &Place) {
        lock(&self.ready).remove(place);
    }

    fn version(
        &self,
        tenant: i64,
        kind: DocumentKind,
        id: &str,
        version: &str,
    ) -> Outcome<Option<Compiled>> {
        let known = self.library(tenant);
        let current = known.shelf.get(&(kind, Box::from(id)));
        if let Some(current) = current.filter(|current| current.version == version) {
            return Ok(Some(current.compiled.clone()));
        }
        let key = IdKey::new(tenant, kind.as_str(), id);
        let stored = self.store.read_blocking(|session| {
            let heads = session.document_versions(&key)?.into_iter();
            let head = heads.into_iter().find(|head| head.version == version);
            Ok(head)
        })?;
        let Some(head) = stored else {
            return Ok(None);
        };
        let place = (tenant, kind, id.to_owned(), head.number);
        if let Some((_, known)) = lock(&self.old).iter().find(|(own, _)| *own == place) {
            return Ok(Some(known.clone()));
        }
        let content = self
            .store
            .read_blocking(|session| session.document_content(&key, head.number))?;
        let compiled = compile_stored(kind, &head, &content.unwrap_or_default())?;
        let mut old = lock(&self.old);
        if old.len() >= OLD_KEPT {
            old.pop_front();
        }
        old.push_back((place, compiled.clone()));
        Ok(Some(compiled))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
