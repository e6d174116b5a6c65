//! `/tollgate/v1/stateMachine`: the states that the server keeps, its own and an operator's.

use serde_json::{Value, json};
use tollgate::domain::state_machine::Definitions;

use crate::support::{Setup, TestServer, each_database, each_server};

const AT: &str = "/tollgate/v1/stateMachine";

fn kinds(list: &Value) -> Vec<&str> {
    let machines = list.as_array().expect("a list").iter();
    machines.map(|m| m["kind"].as_str().unwrap()).collect()
}

fn state<'m>(machine: &'m Value, name: &str) -> &'m Value {
    let mut states = machine["state"].as_array().expect("states").iter();
    states.find(|state| state["name"] == name).expect(name)
}

#[test]
fn all_machines_are_listed() {
    each_server(async |server: &TestServer| {
        let answer = server.get(AT).await.must_be(200);
        let list = answer.json();
        let kinds = kinds(&list);
        for kind in [
            "category",
            "customer",
            "billingAccount",
            "importJob",
            "individual",
        ] {
            assert!(kinds.contains(&kind), "{kind} in {kinds:?}");
        }
        assert_eq!(answer.said("X-Total-Count"), kinds.len().to_string());
        assert!(answer.said("Content-Type").starts_with("application/json"));
        for machine in list.as_array().unwrap() {
            let href = machine["href"].as_str().unwrap();
            let path = href.strip_prefix(&server.url()).expect("an address here");
            let alone = server.get(path).await.must_be(200).json();
            assert_eq!(alone, *machine);
        }
    });
}

#[test]
fn a_machine_says_everything() {
    each_server(async |server: &TestServer| {
        let at = format!("{AT}/productOffering");
        let machine = server.get(&at).await.must_be(200).json();
        assert_eq!(machine["@type"], "StateMachine");
        assert_eq!(machine["attribute"], "lifecycleStatus");
        assert_eq!(machine["default"], "In Study");
        assert_eq!(machine["mode"], "strict");
        assert_eq!(machine["isServerOwned"], false);
        let initial = machine["initial"].as_array().unwrap();
        assert!(initial.contains(&json!("Retired")) && !initial.contains(&json!("Obsolete")));
        assert_eq!(
            *state(&machine, "Active"),
            json!({
                "name": "Active", "isInitial": true, "isActive": true, "isEnded": false,
                "isFinal": false, "next": ["Launched", "Retired"], "nextByClient": ["Launched", "Retired"]
            })
        );
        let obsolete = state(&machine, "Obsolete");
        assert_eq!(
            (&obsolete["isFinal"], &obsolete["isEnded"]),
            (&json!(true), &json!(true))
        );
    });
}

#[test]
fn what_is_not_there_is_refused_as_everywhere() {
    each_server(async |server: &TestServer| {
        let error = server.get(&format!("{AT}/nothing")).await.must_fail(404);
        assert_eq!(error.json()["code"], "TG-2001");
        server.get("/tollgate/v1/nothing").await.must_fail(404);
        let client = crate::support::client();
        for (method, status) in [
            ("POST", 405),
            ("DELETE", 405),
            ("OPTIONS", 204),
            ("HEAD", 200),
        ] {
            let url = format!("{}{AT}", server.url());
            let request = client.request(method.parse().unwrap(), url);
            let answer = request.send().await.expect("an answer");
            assert_eq!(answer.status().as_u16(), status, "{method}");
            if status != 200 {
                assert_eq!(answer.headers()["Allow"], "GET, HEAD, OPTIONS", "{method}");
            }
        }
    });
}

#[test]
fn an_operators_machine_is_shown_and_kept() {
    each_database(async |database| {
        let own: Definitions = toml::from_str(
            "[category]
            states = ['Draft', 'Shown', 'Hidden']
            default = 'Draft'
            initial = ['Draft']
            active = ['Shown']
            moves.Draft = ['Shown']
            moves.Shown = ['Hidden']
            moves.Hidden = ['Shown']",
        )
        .expect("a definition");
        let mut setup = Setup::new(database);
        setup.config.state_machine = own;
        let server = TestServer::with(setup).await;
        let machine = server.get(&format!("{AT}/category")).await.json();
        assert_eq!(state(&machine, "Hidden")["next"], json!(["Shown"]));
        assert_eq!(machine["state"].as_array().unwrap().len(), 3);

        let api = server.v5();
        let made = api.make("category", json!({"name": "Mobile"})).await;
        assert_eq!(made["lifecycleStatus"], "Draft");
        let at = format!("category/{}", crate::support::id(&made));
        let leap = api.patch(&at, &json!({"lifecycleStatus": "Hidden"})).await;
        let refused = leap.must_fail(409);
        assert!(
            refused.body.contains("it can become: Shown"),
            "{}",
            refused.body
        );
        let shown = api.patch(&at, &json!({"lifecycleStatus": "Shown"})).await;
        shown.must_be(200);
        server.stop().await;
    });
}

#[test]
fn the_document_tells_of_it() {
    each_server(async |server: &TestServer| {
        let document = server.get("/api-docs/tollgate/v1/openapi.json").await;
        let document = document.must_be(200).json();
        let schemas = &document["components"]["schemas"];
        let required = schemas["StateMachine"]["required"].as_array().unwrap();
        let machine = server.get(&format!("{AT}/importJob")).await.json();
        let mut names: Vec<&str> = required.iter().map(|name| name.as_str().unwrap()).collect();
        let mut shown: Vec<&String> = machine.as_object().unwrap().keys().collect();
        names.sort_unstable();
        shown.sort_unstable();
        assert_eq!(names, shown);
        for (path, item) in document["paths"].as_object().unwrap() {
            let operations = item.as_object().unwrap();
            let named = |operation: &Value| operation["operationId"].is_string();
            assert!(operations.values().any(named), "{path}");
            if path.starts_with("/stateMachine") {
                let path = path.replace("{kind}", "category");
                let at = format!("{}{path}", document["servers"][0]["url"].as_str().unwrap());
                server.get(&at).await.must_be(200);
            }
        }
        let page = server.get("/swagger-ui/swagger-initializer.js").await;
        assert!(page.body.contains("/api-docs/tollgate/v1/openapi.json"));
    });
}
