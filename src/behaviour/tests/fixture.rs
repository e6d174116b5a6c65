//! A catalog on a real SQLite file, written through the engine.

use std::sync::Arc;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::api::generated::APIS;
use crate::behaviour::Marks;
use crate::behaviour::billing::Numbering;
use crate::behaviour::rating::Book;
use crate::behaviour::{Posting, all, handlers, post};
use crate::domain::adapt::href::Links;
use crate::domain::clock::{Clock, Micros};
use crate::domain::descriptor::{ApiVersion, Resource};
use crate::domain::mode::Mode;
use crate::domain::money::{Currency, Money};
use crate::domain::patch::PatchKind;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::domain::state_machine::{Definitions, Machines};
use crate::engine::validate::ExtensionSchemas;
use crate::engine::{
    Address, Caller, Core, Limits, NewResource, PatchRequest, Registry, Validators, create_in,
    delete_in, patch_in, rewrite_in,
};
use crate::job::{self, Worker};
use crate::store::{IdKey, Plan, ResourceRow, Settings, Store, Synchronous, Target};

/// The switches of an operator.
#[derive(Clone, Copy)]
pub struct Policies {
    pub references: Mode,
    pub lifecycle: Mode,
}

pub const STRICT: Policies = Policies {
    references: Mode::Strict,
    lifecycle: Mode::Strict,
};

pub struct Catalog {
    pub core: Arc<Core>,
    store: Store,
    machines: Arc<Machines>,
    _dir: TempDir,
}

impl Catalog {
    /// Everything strict.
    pub fn strict() -> Self {
        Catalog::with(STRICT)
    }

    pub fn with(policies: Policies) -> Self {
        Catalog::with_states(policies, &Definitions::new())
    }

    /// With states of the operator's own.
    pub fn with_states(policies: Policies, own: &Definitions) -> Self {
        let dir = tempfile::tempdir().expect("folder");
        let path = dir.path().join("test.db").display().to_string();
        let target = Target::parse(&format!("sqlite:{path}")).expect("target");
        let settings = Settings {
            synchronous: Synchronous::Normal,
            ..Settings::default()
        };
        Store::migrate(&target).expect("migrations");
        let registry = Registry::new(APIS);
        let store = Store::open(&target, &settings, &registry.indexed()).expect("store");
        let machines = Machines::build(own, policies.lifecycle)
            .and_then(|all| all.serving(own, |kind| registry.canonical(kind)))
            .expect("machines");
        let machines = Arc::new(machines);
        let currency = Currency::of("EUR").expect("a currency");
        let behaviours = all(
            policies.references,
            &machines,
            &registry,
            currency,
            &Marks::default(),
            &Book::open(&store).unwrap(),
            &Numbering::default(),
        );
        let limits = Limits {
            page_default: 0,
            page_max: 1_000,
            scan_rows: 1_000,
            filter_terms: 100,
        };
        let core = Core::new(
            registry,
            Validators::new(ExtensionSchemas::load(None).expect("schemas"), false),
            Links::new("http://localhost", APIS),
            Clock::fixed_at(Micros(1_700_000_000_000_000)),
            limits,
            behaviours,
        );
        Catalog {
            core: Arc::new(core),
            store,
            machines,
            _dir: dir,
        }
    }

    pub fn resource(&self, kind: &str, version: ApiVersion) -> &'static Resource {
        let found = self.core.registry.in_version(kind, version);
        found.expect("a known kind")
    }

    fn stored_form(&self, kind: &str) -> &'static Resource {
        self.core.registry.canonical(kind).expect("a known kind")
    }

    /// Creates from a v4 body, which needs no types; answers the stored form.
    pub fn create(&self, kind: &str, id: &str, body: Value) -> Outcome<Value> {
        let resource = self.resource(kind, ApiVersion::V4);
        let accepted = self.core.accept(resource, body)?;
        self.create_stored(kind, id, accepted.doc)
    }

    /// Creates a document that is in the stored form already.
    pub fn create_stored(&self, kind: &str, id: &str, doc: Value) -> Outcome<Value> {
        let core = Arc::clone(&self.core);
        let resource = self.stored_form(kind);
        let new = NewResource {
            id: Some(id.to_owned()),
            doc,
        };
        let row = self.store.write_blocking(move |tx| {
            create_in(
                &core,
                tx,
                &Caller::local(),
                resource,
                &new,
                core.clock.now(),
            )
        })?;
        Ok(parsed(&row.row))
    }

    /// A resource with a name and nothing else.
    pub fn bare(&self, kind: &str, id: &str) -> Value {
        let body = json!({ "name": format!("Name of {id}") });
        self.create(kind, id, body).expect("a bare resource")
    }

    /// Merges into a resource through v4; answers the stored form.
    pub fn patch(&self, kind: &str, id: &str, patch: Value) -> Outcome<Value> {
        self.patch_as(ApiVersion::V4, kind, id, patch)
    }

    pub fn patch_as(
        &self,
        version: ApiVersion,
        kind: &str,
        id: &str,
        patch: Value,
    ) -> Outcome<Value> {
        self.patch_with(PatchKind::Merge, version, kind, id, patch)
    }

    pub fn patch_with(
        &self,
        how: PatchKind,
        version: ApiVersion,
        kind: &str,
        id: &str,
        patch: Value,
    ) -> Outcome<Value> {
        let core = Arc::clone(&self.core);
        let resource = self.resource(kind, version);
        let request = PatchRequest {
            address: address(id),
            kind: how,
            patch,
            if_match: Vec::new(),
        };
        let row = self.store.write_blocking(move |tx| {
            patch_in(
                &core,
                tx,
                &Caller::local(),
                resource,
                &request,
                core.clock.now(),
            )
        })?;
        Ok(parsed(&row.row))
    }

    /// Rewrites a stored document as a part of the server does.
    pub fn rewrite_as(
        &self,
        principal: &str,
        kind: &str,
        id: &str,
        edit: impl Fn(&mut Value) + Send + 'static,
    ) -> Outcome<Value> {
        let core = Arc::clone(&self.core);
        let (resource, key) = (self.stored_form(kind), key(kind, id));
        let caller = Caller {
            principal: principal.to_owned(),
            ..Caller::local()
        };
        self.store.write_blocking(move |tx| {
            let row = tx.versions(&key)?.into_iter().next().expect("a row");
            let mut doc = parsed(&row);
            edit(&mut doc);
            rewrite_in(&core, tx, &caller, resource, row, doc, core.clock.now())
        })?;
        Ok(self.stored(kind, id))
    }

    /// Deletes all versions of an id.
    pub fn delete(&self, kind: &str, id: &str) -> Outcome<()> {
        self.delete_at(kind, address(id))
    }

    pub fn delete_version(&self, kind: &str, id: &str, version: &str) -> Outcome<()> {
        let version = Some(version.to_owned());
        self.delete_at(
            kind,
            Address {
                version,
                ..address(id)
            },
        )
    }

    fn delete_at(&self, kind: &str, address: Address) -> Outcome<()> {
        let core = Arc::clone(&self.core);
        let resource = self.stored_form(kind);
        self.store.write_blocking(move |tx| {
            let (caller, now) = (Caller::local(), core.clock.now());
            delete_in(&core, tx, &caller, resource, &address, &[], now)
        })
    }

    /// Books an amount on a balance of an account.
    pub fn post(&self, kind: &str, id: &str, balance: &str, money: Value) -> Outcome<()> {
        let posting = Posting {
            account: key(kind, id),
            balance_type: balance.to_owned(),
            money: Money::read(&money).expect("money"),
            valid_from: None,
            valid_to: None,
        };
        let (core, machines) = (Arc::clone(&self.core), Arc::clone(&self.machines));
        self.store
            .write_blocking(move |tx| post(&machines, tx, &posting, core.clock.now()))
    }

    /// What an account shows as its balances: type, value as written, currency.
    pub fn balances(&self, kind: &str, id: &str) -> Vec<(String, String, String)> {
        let key = key(kind, id);
        let core = Arc::clone(&self.core);
        let rows = self.store.read_blocking(move |session| {
            let mut rows = session.versions(&key)?;
            let decoration = core.behaviour(&key.kind).decoration();
            decoration.expect("balances").decorate(session, &mut rows)?;
            Ok(rows)
        });
        let shown = parsed(rows.expect("a read").first().expect("an account"));
        let list = shown["accountBalance"].as_array().expect("balances").iter();
        list.map(|balance| {
            let text = |value: &Value| value.as_str().expect("a text").to_owned();
            let amount = &balance["amount"];
            (
                text(&balance["balanceType"]),
                amount["value"].to_string(),
                text(&amount["unit"]),
            )
        })
        .collect()
    }

    /// A customer without accounts.
    pub fn customer(&self, id: &str) -> Value {
        let person = format!("person-of-{id}");
        let individual = json!({ "@type": "Individual", "givenName": "Ann", "familyName": "Lee" });
        self.create_stored("individual", &person, individual)
            .expect("a person");
        let customer = json!({
            "@type": "Customer", "name": "Ann Lee", "status": "Active",
            "engagedParty": { "@type": "PartyRef", "id": person, "@referredType": "Individual" },
        });
        self.create_stored("customer", id, customer)
            .expect("a customer")
    }

    /// Runs the jobs that rules left behind, and those that these leave; how many there were.
    pub fn work(&self) -> usize {
        let handlers = handlers(&self.core, &self.machines);
        let clock = self.core.clock.clone();
        let worker = Worker::new(
            self.store.clone(),
            clock,
            job::Settings::default(),
            handlers,
        );
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(worker.drain()).expect("jobs run")
    }

    /// How many resources of a kind there are.
    pub fn count(&self, kind: &'static str) -> i64 {
        let count = self
            .store
            .read_blocking(|session| session.count(&Plan::all(1, kind)));
        count.expect("a count")
    }

    /// The stored document of an id.
    pub fn stored(&self, kind: &str, id: &str) -> Value {
        let key = key(kind, id);
        let rows = self
            .store
            .write_blocking(move |tx| tx.versions(&key))
            .expect("rows");
        parsed(rows.iter().find(|row| row.current).expect("a resource"))
    }
}

fn key(kind: &str, id: &str) -> IdKey {
    IdKey::new(1, kind, id)
}

fn address(id: &str) -> Address {
    Address {
        id: id.to_owned(),
        version: None,
    }
}

fn parsed(row: &ResourceRow) -> Value {
    serde_json::from_str(&row.doc).expect("a stored document")
}

/// Code and pointers of a refusal.
#[track_caller]
pub fn refused<T: std::fmt::Debug>(result: Outcome<T>) -> (Code, Vec<String>) {
    let problem = problem(result);
    let pointers = problem.violations.into_iter().map(|v| v.path).collect();
    (problem.code, pointers)
}

#[track_caller]
pub fn problem<T: std::fmt::Debug>(result: Outcome<T>) -> Problem {
    result.expect_err("this must be refused")
}

/// Refused as a body that does not fit, at exactly these places.
#[track_caller]
pub fn invalid_at<T: std::fmt::Debug>(result: Outcome<T>, pointers: &[&str]) {
    let (code, found) = refused(result);
    assert_eq!(
        (code, found.as_slice()),
        (Code::InvalidBody, strings(pointers).as_slice())
    );
}

#[track_caller]
pub fn conflict_at<T: std::fmt::Debug>(result: Outcome<T>, pointers: &[&str]) {
    let (code, found) = refused(result);
    assert_eq!(
        (code, found.as_slice()),
        (Code::Conflict, strings(pointers).as_slice())
    );
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}
