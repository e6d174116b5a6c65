//! What the machines say, and what is wrong with those that cannot be used.

use super::{Definitions, Machines, Mistake, State, StateMachine};
use crate::api::generated::APIS;
use crate::domain::mode::Mode;
use crate::domain::problem::{Code, Outcome};
use crate::engine::Registry;

/// The operator's sections, as they stand in a file.
fn own(text: &str) -> Definitions {
    toml::from_str(text).expect("definitions")
}

fn built(text: &str) -> Result<Machines, Vec<Mistake>> {
    Machines::build(&own(text), Mode::Strict)
}

#[track_caller]
fn machine(text: &str, kind: &str) -> StateMachine {
    let machines = built(text).expect("machines");
    machines.of(kind).expect("a machine").as_ref().clone()
}

fn code(result: Outcome<()>) -> Option<Code> {
    result.err().map(|problem| problem.code)
}

/// Code, pointer and message of a refusal.
#[track_caller]
fn refusal(result: Outcome<()>) -> (Code, String, String) {
    let problem = result.expect_err("refused");
    let violation = problem.violations.first().cloned().expect("a violation");
    (problem.code, violation.path, violation.message)
}

fn next(machine: &StateMachine, state: &str) -> Vec<String> {
    let state = machine.state(state).expect("a state");
    machine.next(state).map(str::to_owned).collect()
}

/// Holds a machine against the complete list of its moves.
#[track_caller]
fn moves_exactly(machine: &StateMachine, allowed: &[(&str, &str)]) {
    for from in machine.states().iter().map(State::name) {
        for to in machine.states().iter().map(State::name) {
            let good = from == to || allowed.contains(&(from, to));
            let expected = (!good).then_some(Code::BadTransition);
            let actual = code(machine.check_move(from, to));
            assert_eq!(actual, expected, "{}: {from} to {to}", machine.kind());
        }
    }
}

#[test]
fn every_move_of_the_catalog() {
    let allowed = [
        ("In Study", "In Design"),
        ("In Design", "In Test"),
        ("In Test", "Active"),
        ("In Test", "Rejected"),
        ("Active", "Launched"),
        ("Active", "Retired"),
        ("Launched", "Retired"),
        ("Retired", "Obsolete"),
    ];
    for kind in ["productCatalog", "category", "productOffering"] {
        moves_exactly(&machine("", kind), &allowed);
    }
}

#[test]
fn every_move_of_customers_and_roles() {
    let allowed = [
        ("Initialized", "Validated"),
        ("Initialized", "Active"),
        ("Initialized", "Terminated"),
        ("Validated", "Active"),
        ("Validated", "Terminated"),
        ("Active", "Suspended"),
        ("Active", "Terminated"),
        ("Suspended", "Active"),
        ("Suspended", "Terminated"),
    ];
    for kind in ["customer", "partyRole"] {
        let machine = machine("", kind);
        moves_exactly(&machine, &allowed);
        assert_eq!(machine.default_state(), "Initialized");
        let ended = code(machine.check_initial("Terminated"));
        assert_eq!(ended, Some(Code::BadTransition));
        assert_eq!(code(machine.check_initial("suspended")), None);
    }
}

#[test]
fn every_move_of_accounts_and_parties() {
    let allowed = [
        ("Defined", "Active"),
        ("Defined", "Closed"),
        ("Active", "Suspended"),
        ("Active", "Closed"),
        ("Suspended", "Active"),
        ("Suspended", "Closed"),
    ];
    for kind in ["party", "billing", "settlement", "financial"] {
        let machine = machine("", &format!("{kind}Account"));
        moves_exactly(&machine, &allowed);
        assert_eq!(machine.attribute(), "state");
        assert_eq!(machine.default_state(), "Active");
    }
    for (kind, end) in [("individual", "deceased"), ("organization", "closed")] {
        let allowed = [
            ("initialized", "validated"),
            ("initialized", end),
            ("validated", end),
        ];
        let machine = machine("", kind);
        moves_exactly(&machine, &allowed);
        assert!(machine.state(end).is_some_and(State::is_ended));
        assert!(machine.state(end).is_some_and(State::is_final));
    }
}

#[test]
fn orders_and_products_move_as_their_guides_say() {
    let order = machine("", "productOrder");
    assert_eq!(
        (order.attribute(), order.default_state()),
        ("state", "acknowledged")
    );
    for (from, to, allowed) in [
        ("draft", "acknowledged", true),
        ("draft", "inProgress", false),
        ("acknowledged", "rejected", true),
        ("acknowledged", "inProgress", true),
        ("acknowledged", "draft", false),
        ("inProgress", "pending", true),
        ("inProgress", "rejected", false),
        ("pending", "inProgress", true),
        ("held", "inProgress", true),
        ("inProgress", "inProgress.accepted", true),
        ("inProgress.accepted", "completed", true),
        ("inProgress", "assessingCancellation", true),
        ("assessingCancellation", "inProgress", true),
        ("assessingCancellation", "pendingCancellation", true),
        ("pendingCancellation", "cancelled", true),
        ("pendingCancellation", "acknowledged", false),
        ("completed", "inProgress", false),
        ("partial", "completed", false),
    ] {
        let moves = order.check_move(from, to);
        assert_eq!(moves.is_ok(), allowed, "{from} to {to}");
    }
    let request = machine("", "cancelProductOrder");
    assert!(request.check_move("acknowledged", "rejected").is_ok());
    assert!(request.check_move("inProgress", "done").is_ok());
    assert!(request.check_move("done", "inProgress").is_err());
    let product = machine("", "product");
    assert_eq!(
        (product.attribute(), product.default_state()),
        ("status", "created")
    );
    moves_exactly(
        &product,
        &[
            ("created", "pendingActive"),
            ("created", "active"),
            ("created", "cancelled"),
            ("created", "aborted "),
            ("pendingActive", "active"),
            ("pendingActive", "cancelled"),
            ("pendingActive", "aborted "),
            ("active", "suspended"),
            ("active", "pendingTerminate"),
            ("active", "terminated"),
            ("suspended", "active"),
            ("suspended", "pendingTerminate"),
            ("suspended", "terminated"),
            ("pendingTerminate", "active"),
            ("pendingTerminate", "suspended"),
            ("pendingTerminate", "terminated"),
        ],
    );
}

#[test]
fn every_move_of_bills() {
    let bill = machine("", "customerBill");
    moves_exactly(
        &bill,
        &[
            ("new", "onHold"),
            ("new", "validated"),
            ("onHold", "new"),
            ("onHold", "validated"),
            ("onHold", "sent"),
            ("onHold", "partiallyPaid"),
            ("onHold", "settled"),
            ("validated", "onHold"),
            ("validated", "sent"),
            ("validated", "partiallyPaid"),
            ("validated", "settled"),
            ("sent", "onHold"),
            ("sent", "partiallyPaid"),
            ("sent", "settled"),
            ("partiallyPaid", "onHold"),
            ("partiallyPaid", "sent"),
            ("partiallyPaid", "settled"),
            ("settled", "sent"),
            ("settled", "partiallyPaid"),
        ],
    );
    // Whatever is not settled can be put on hold by a client; only payments settle.
    for state in bill.states().iter().map(State::name) {
        let held = bill.check_client_move(state, "onHold");
        assert_eq!(held.is_ok(), state != "settled", "{state}");
        let settled = bill.check_client_move(state, "settled");
        assert_eq!(settled.is_ok(), state == "settled", "{state}");
    }
    let (_, pointer, message) = refusal(bill.check_client_move("sent", "settled"));
    assert_eq!(pointer, "/state");
    assert!(
        message.ends_with("a client can only set: onHold"),
        "{message}"
    );
    let fixed = built("[customerBill]\ndefault = \"sent\"\n").expect_err("refused");
    assert!(fixed[0].message.contains("relied on"), "{fixed:?}");
}

#[test]
fn ours_fit_the_kinds_that_are_served() {
    let registry = Registry::new(APIS);
    let none = Definitions::new();
    let all = Machines::build(&none, Mode::Strict).expect("machines");
    let served = all.serving(&none, |kind| registry.canonical(kind));
    let served = served.expect("machines that fit");
    let all = Machines::build(&none, Mode::Strict).expect("machines");
    assert_eq!(served, all, "a machine of a kind that there is not");
    for machine in served.iter() {
        assert!(registry.canonical(machine.kind()).is_some());
        assert!(machine.states().iter().any(State::is_active));
        assert!(machine.states().iter().any(State::is_ended));
    }
}

#[test]
fn refusals_name_what_is_possible() {
    let offering = machine("", "productOffering");
    let (code, path, text) = refusal(offering.check_move("Active", "In Design"));
    assert_eq!(code, Code::BadTransition);
    assert_eq!(path, "/lifecycleStatus");
    assert!(text.ends_with("it can become: Launched, Retired"), "{text}");
    let (_, _, text) = refusal(offering.check_move("Obsolete", "Active"));
    assert!(text.ends_with("'Obsolete' is final"), "{text}");
    let (code, _, text) = refusal(offering.check_move("Active", "Sold"));
    assert_eq!(code, Code::InvalidBody);
    assert!(text.contains("In Study, In Design"), "{text}");
    let (code, path, text) = refusal(machine("", "importJob").check_initial("Running"));
    assert_eq!((code, path.as_str()), (Code::BadTransition, "/status"));
    assert!(text.ends_with("it can start as: Not Started"), "{text}");
}

#[test]
fn letter_case_and_foreign_states() {
    let offering = machine("", "productOffering");
    let spelled = offering.state("in study").map(State::name);
    assert_eq!(spelled, Some("In Study"));
    for (from, to) in [
        ("active", "LAUNCHED"),
        ("Active", "active"),
        ("Piloted", "Active"),
        ("Piloted", "piloted"),
    ] {
        assert_eq!(code(offering.check_move(from, to)), None, "{from} to {to}");
    }
    let initial = |state: &str| code(offering.check_initial(state));
    assert_eq!(initial("active"), None);
    assert_eq!(initial("Rejected"), Some(Code::BadTransition));
    assert_eq!(initial(""), Some(Code::InvalidBody));
}

#[test]
fn modes() {
    let mode = |text: &str, kind: &str| {
        let machines = Machines::build(&own(text), Mode::Warn).expect("machines");
        machines.of(kind).map(|machine| machine.mode())
    };
    assert_eq!(mode("", "category"), Some(Mode::Warn));
    assert_eq!(mode("", "customer"), Some(Mode::Strict));
    let text = "[category]\nmode = 'strict'\n[customer]\nmode = 'off'";
    assert_eq!(mode(text, "category"), Some(Mode::Strict));
    assert_eq!(mode(text, "productOffering"), Some(Mode::Warn));
    assert_eq!(mode(text, "customer"), Some(Mode::Off));
}

#[test]
fn an_operator_adds_a_move() {
    let machine = machine(
        "[customer.moves]
        terminated = ['Active']
        Validated = ['Active']",
        "customer",
    );
    assert_eq!(next(&machine, "Terminated"), ["Active"]);
    assert_eq!(next(&machine, "Validated"), ["Active"]);
    // The moves of other states stay as they are.
    assert_eq!(next(&machine, "Active"), ["Suspended", "Terminated"]);
    assert!(machine.state("Terminated").is_some_and(State::is_ended));
}

#[test]
fn an_operator_adds_a_state() {
    let machine = machine(
        "[customer]
        states = ['Initialized', 'Validated', 'Active', 'Dunning', 'Suspended', 'Terminated']
        moves.Active = ['Dunning', 'Terminated']
        moves.Dunning = ['Active', 'Suspended']",
        "customer",
    );
    assert_eq!(next(&machine, "Active"), ["Dunning", "Terminated"]);
    assert_eq!(next(&machine, "Suspended"), ["Active", "Terminated"]);
    assert_eq!(machine.states().len(), 6);
    let start = code(machine.check_initial("Dunning"));
    assert_eq!(start, Some(Code::BadTransition));
}

#[test]
fn what_is_said_of_states_that_are_gone_goes_with_them() {
    let machine = machine(
        "[customer]
        states = ['Active', 'Terminated']
        default = 'Active'",
        "customer",
    );
    assert_eq!(next(&machine, "Active"), ["Terminated"]);
    assert_eq!(machine.states().len(), 2);
    assert!(machine.state("Active").is_some_and(State::is_initial));
}

#[test]
fn a_kind_without_a_machine_gets_one() {
    let text = "[billFormat]
        attribute = 'name'
        states = ['draft', 'final']
        default = 'draft'
        initial = ['draft']
        moves.draft = ['final']";
    let machine = machine(text, "billFormat");
    assert_eq!(machine.name(), "billFormat");
    assert_eq!(machine.mode(), Mode::Strict);
}

/// Every mistake of the operator's sections, as key and message.
fn mistakes(text: &str) -> Vec<(String, String)> {
    let found = built(text).expect_err(text).into_iter();
    found.map(|found| (found.key, found.message)).collect()
}

/// What stands in `[customer]`, the key to blame, and what the message says.
const WRONG: &[(&str, &str, &str)] = &[
    (
        "moves.Activ = []",
        "moves.Activ",
        "none of: Initialized, Validated",
    ),
    ("moves.Active = ['Gone']", "moves.Active", "`Gone`"),
    (
        "moves.Active = ['active']",
        "moves.Active",
        "leads to itself",
    ),
    (
        "moves.Active = ['Suspended', 'suspended']",
        "moves.Active",
        "twice",
    ),
    (
        "moves.Active = ['Suspended']\nmoves.active = ['Terminated']",
        "moves.active",
        "twice",
    ),
    (
        "moves.Active = ['Terminated']\ninitial = ['Initialized', 'Active']",
        "states",
        "`Suspended`, which nothing starts in",
    ),
    ("default = 'New'", "default", "`New`"),
    (
        "default = 'Terminated'",
        "default",
        "not among the states of `initial`",
    ),
    ("initial = []", "initial", "is missing"),
    ("initial = ['New']", "initial", "`New`"),
    ("active = ['New']", "active", "`New`"),
    ("ended = ['Active']", "ended", "in `active` too"),
    ("states = []", "states", "is missing"),
    (
        "states = ['Active', 'Terminated']",
        "default",
        "`Initialized`, which is none of: Active, Terminated",
    ),
    (
        "states = ['Active', 'active']\ndefault = 'Active'",
        "states",
        "`active` twice",
    ),
    (
        "states = ['Active', ' x']\ndefault = 'Active'",
        "states",
        "without blanks",
    ),
    ("attribute = ''", "attribute", "must name an attribute"),
];

#[test]
fn mistakes_name_their_key() {
    let blames = |text: &str, key: &str, part: &str| {
        let found = mistakes(text);
        let fits = |(at, message): &(String, String)| *at == key && message.contains(part);
        assert!(found.iter().any(fits), "{key}, {part}: {found:?}");
    };
    for (text, key, part) in WRONG {
        let key = format!("state_machine.customer.{key}");
        blames(&format!("[customer]\n{text}"), &key, part);
    }
    let many: Vec<String> = (0..65).map(|n| format!("s{n}")).collect();
    let text = format!("[customer]\nstates = {many:?}");
    blames(&text, "state_machine.customer.states", "64 are the most");
    for (missing, rest) in [
        ("attribute", "default = 'a'\ninitial = ['a']"),
        ("default", "attribute = 'x'\ninitial = ['a']"),
        ("initial", "attribute = 'x'\ndefault = 'a'"),
    ] {
        let text = format!("[billFormat]\nstates = ['a']\n{rest}");
        let key = format!("state_machine.billFormat.{missing}");
        blames(&text, &key, "is missing");
    }
}

#[test]
fn several_mistakes_are_told_at_once() {
    let found = mistakes("[customer]\ndefault = 'x'\nactive = ['y']\n[partyRole]\nended = ['z']");
    let mut keys: Vec<&str> = found.iter().map(|(key, _)| key.as_str()).collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        [
            "state_machine.customer.active",
            "state_machine.customer.default",
            "state_machine.partyRole.ended"
        ]
    );
}

#[test]
fn what_an_operator_cannot_have() {
    let found = mistakes("[importJob]\nname = 'x'");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, "state_machine.importJob");
    assert!(found[0].1.contains("cannot be changed"), "{found:?}");
    let registry = Registry::new(APIS);
    let unknown = "[cutomer]\nattribute = 'status'\nstates = ['a']\ndefault = 'a'\ninitial = ['a']";
    for (text, key, part) in [
        (unknown, "cutomer", "no kind"),
        (
            "[category]\nattribute = 'name'",
            "category.attribute",
            "is in `lifecycleStatus`",
        ),
    ] {
        let own = own(text);
        let all = Machines::build(&own, Mode::Strict).expect("consistent");
        let found = all.serving(&own, |kind| registry.canonical(kind));
        let found = found.expect_err("refused");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].key, format!("state_machine.{key}"));
        assert!(found[0].message.contains(part), "{found:?}");
    }
}

mod held_against_a_resource {
    //! A resource that no API has.

    use super::{Mode, own};
    use crate::domain::descriptor::{ApiVersion, Attribute, Entity, Enum, Kind, Resource, Scalar};
    use crate::domain::state_machine::{Machines, Mistake};

    static STATES: Enum = Enum {
        name: "",
        about: "",
        values: &["open", "shut"],
        stored: &[],
        extension: false,
    };
    static ATTRIBUTES: [Attribute; 4] = [
        Attribute::new("closed", Kind::Enum(&STATES), ""),
        Attribute::new("free", Kind::Scalar(Scalar::String), ""),
        Attribute::new("many", Kind::Scalar(Scalar::String), "").many(),
        Attribute::new("count", Kind::Scalar(Scalar::Integer), ""),
    ];
    static ENTITY: Entity = Entity::new("Door", "", &ATTRIBUTES);
    static DOOR: Resource = Resource {
        api: "TMF000",
        version: ApiVersion::V5,
        path: "door",
        kind: "door",
        entity: &ENTITY,
        operations: &[],
        versioned: false,
        state: None,
        created_stamp: None,
        updated_stamp: None,
        indexes: &[],
        search: &[],
        loose: &[],
        events: &[],
    };

    fn door(attribute: &str, state: &str) -> Result<Machines, Vec<Mistake>> {
        let own = own(&format!(
            "[door]
            attribute = '{attribute}'
            states = ['{state}']
            default = '{state}'
            initial = ['{state}']"
        ));
        let all = Machines::build(&own, Mode::Strict).expect("consistent");
        all.serving(&own, |kind| (kind == "door").then_some(&DOOR))
    }

    #[test]
    fn only_kinds_that_are_served_are_kept() {
        let machines = door("free", "ajar").expect("it fits");
        let kinds: Vec<&str> = machines.iter().map(|machine| machine.kind()).collect();
        assert_eq!(kinds, ["door"]);
    }

    #[test]
    fn the_attribute_must_be_able_to_hold_the_states() {
        assert!(door("closed", "open").is_ok());
        for (attribute, state, key, part) in [
            ("closed", "ajar", "states", "can only be: open, shut"),
            ("many", "ajar", "attribute", "single value"),
            ("none", "ajar", "attribute", "single value"),
            ("count", "ajar", "attribute", "holds no text"),
        ] {
            let found = door(attribute, state).expect_err(attribute);
            assert_eq!(found[0].key, format!("state_machine.door.{key}"));
            assert!(found[0].message.contains(part), "{found:?}");
        }
    }
}

#[test]
fn some_moves_are_the_servers_alone() {
    let usage = machine("", "usage");
    assert_eq!(code(usage.check_move("received", "guided")), None);
    let (problem, _, message) = refusal(usage.check_client_move("received", "guided"));
    assert_eq!(problem, Code::BadTransition);
    assert!(message.contains("the server alone"), "{message}");
    assert_eq!(code(usage.check_client_move("rejected", "recycled")), None);
    assert_eq!(code(usage.check_client_move("rated", "rated")), None);
    // Where nothing is said, clients make every move.
    let product = machine("", "product");
    assert_eq!(code(product.check_client_move("active", "suspended")), None);

    let text = "[customer.clients]\nActive = [\"Suspended\"]";
    let customer = machine(text, "customer");
    assert_eq!(
        code(customer.check_client_move("Active", "Suspended")),
        None
    );
    let refused = code(customer.check_client_move("Suspended", "Active"));
    assert_eq!(refused, Some(Code::BadTransition));
    assert_eq!(code(customer.check_move("Suspended", "Active")), None);
}

#[test]
fn what_clients_may_do_must_be_a_move() {
    let text = "[customer.clients]\nActive = [\"Initialized\", \"Gone\"]";
    let mistakes = built(text).expect_err("mistakes");
    let keys: Vec<&str> = mistakes.iter().map(|m| m.key.as_str()).collect();
    assert_eq!(keys, ["state_machine.customer.clients.Active"; 2]);
    let mistakes = built("[usage]\nmode = \"off\"").expect_err("a mistake");
    assert!(
        mistakes[0].message.contains("cannot be changed"),
        "{mistakes:?}"
    );
}
