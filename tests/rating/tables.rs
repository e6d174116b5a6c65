//! `/tollgate/v1/tariffTable`, `/calendar` and `/taxTable`: loading, looking up, deleting.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, TestServer, client, each_database, each_server};

pub const TABLES: &str = "/tollgate/v1/tariffTable";

/// Germany and its mobile networks, and France from next year on.
pub fn zones() -> Value {
    // Written out, because a float would not keep the last digit.
    let text = r#"{
        "id": "zones", "name": "Zones", "currency": "EUR",
        "row": [
            { "destination": "49", "zone": "DE", "price": 0.060, "firstStep": 60, "nextStep": 1 },
            { "destination": "4915", "zone": "DE mobile", "price": 0.1 },
            { "destination": "33", "zone": "FR", "price": 0.08,
              "validFor": { "startDateTime": "2027-01-01T00:00:00.000Z" } }
        ]
    }"#;
    serde_json::from_str(text).unwrap()
}

pub async fn put(server: &TestServer, path: &str, document: &Value) -> Answer {
    server.send(Method::PUT, path, document).await
}

pub async fn load(server: &TestServer, document: &Value) -> Answer {
    let path = format!("{TABLES}/{}", document["id"].as_str().unwrap());
    put(server, &path, document).await
}

async fn put_text(server: &TestServer, path: &str, media: &str, text: String) -> Answer {
    let request = client().put(format!("{}{path}", server.url()));
    Answer::of(request.header("Content-Type", media).body(text)).await
}

async fn delete(server: &TestServer, path: &str) -> Answer {
    Answer::of(client().delete(format!("{}{path}", server.url()))).await
}

#[test]
fn a_table_is_loaded_and_shown() {
    each_server(async |server| {
        let answer = load(server, &zones()).await.must_be(201);
        let address = answer.said("Location").to_owned();
        assert!(address.ends_with("/tollgate/v1/tariffTable/zones"));
        let head = answer.json();
        assert_eq!(head["version"], "1", "{head:#}");
        assert_eq!(head["rowCount"], 3);
        assert_eq!(head["key"], json!(["destination"]));
        assert!(head["row"].is_null());
        let list = server.get(TABLES).await.must_be(200);
        assert_eq!(list.said("X-Total-Count"), "1");
        assert_eq!(list.json(), json!([head]));
        let whole = server.get(&format!("{TABLES}/zones")).await.must_be(200);
        assert!(whole.body.contains("0.060"), "{}", whole.body);
        let whole = whole.json();
        assert_eq!(whole["row"].as_array().unwrap().len(), 3);
        assert_eq!(whole["row"][2], zones()["row"][2], "{whole:#}");
        // What was shown is what is there.
        let again = load(server, &whole).await.must_be(200).json();
        assert_eq!(again, head);
        server.get(&format!("{TABLES}/others")).await.must_fail(404);
    });
}

#[test]
fn versions_follow_each_other_and_stay() {
    each_server(async |server| {
        load(server, &zones()).await.must_be(201);
        let mut dearer = zones();
        dearer["row"][0]["price"] = json!(0.07);
        assert_eq!(
            load(server, &dearer).await.must_be(201).json()["version"],
            "2"
        );
        // The same content changes nothing, whatever version it says.
        dearer["version"] = json!("2026-04");
        assert_eq!(
            load(server, &dearer).await.must_be(200).json()["version"],
            "2"
        );
        // A version is never given another content.
        let mut other = zones();
        other["version"] = json!("2");
        let refused = load(server, &other).await.must_fail(409);
        assert_eq!(refused.violations(), ["/version"]);
        other["version"] = json!("2026-05");
        other["row"][0]["price"] = json!(0.05);
        load(server, &other).await.must_be(201);
        let price = async |query: &str| {
            let path = format!("{TABLES}/zones{query}");
            let found = server.get(&path).await.must_be(200).json();
            found["row"][0]["price"].to_string()
        };
        assert_eq!(price("").await, "0.05");
        assert_eq!(price("?version=1").await, "0.060");
        assert_eq!(price("?version=2").await, "0.07");
        let unknown = server.get(&format!("{TABLES}/zones?version=3")).await;
        unknown.must_fail(404);
        // Deleted, it is not what prices mean any more, and its versions stay.
        let path = format!("{TABLES}/zones");
        delete(server, &path).await.must_be(204);
        delete(server, &path).await.must_fail(404);
        server.get(&path).await.must_fail(404);
        assert_eq!(server.get(TABLES).await.json(), json!([]));
        assert_eq!(price("?version=1").await, "0.060");
        // Versions are counted on.
        let back = load(server, &zones()).await.must_be(201).json();
        assert_eq!(back["version"], "4");
    });
}

#[test]
fn what_is_wrong_is_pointed_at_and_nothing_is_stored() {
    each_server(async |server| {
        let mut wrong = zones();
        wrong["row"][1]["price"] = json!("cheap");
        wrong["row"][2]["origin"] = json!("49");
        let refused = load(server, &wrong).await.must_fail(400);
        assert_eq!(refused.violations(), ["/row/1/price"]);
        let mut twice = zones();
        twice["row"][1]["destination"] = json!("49");
        let refused = load(server, &twice).await.must_fail(400);
        assert_eq!(refused.violations(), ["/row/1"]);
        let mut named = zones();
        named["id"] = json!("others");
        let refused = put(server, &format!("{TABLES}/zones"), &named).await;
        assert_eq!(refused.must_fail(400).violations(), ["/id"]);
        assert_eq!(server.get(TABLES).await.json(), json!([]));
    });
}

#[test]
fn rows_may_come_as_csv_and_as_lines() {
    each_server(async |server| {
        let csv = "servingNetwork,destination,zone,price,validFrom\n\
                   26201,49,\"home, fixed\",0.060,\n\
                   ,49,abroad,0.30,2026-01-01T00:00:00Z\n";
        let path = format!("{TABLES}/roaming?currency=EUR&version=a");
        let head = put_text(server, &path, "text/csv", csv.to_owned()).await;
        let head = head.must_be(201).json();
        assert_eq!(head["key"], json!(["servingNetwork", "destination"]));
        let lines = "{\"servingNetwork\":\"26201\",\"destination\":\"49\",\"zone\":\"home, fixed\",\"price\":0.06}\n\n\
                     {\"destination\":\"49\",\"zone\":\"abroad\",\"price\":0.3,\
                     \"validFor\":{\"startDateTime\":\"2026-01-01T00:00:00Z\"}}\n";
        let path = format!("{TABLES}/roaming?currency=EUR&key=servingNetwork,destination");
        let same = put_text(server, &path, "application/x-ndjson", lines.to_owned()).await;
        assert_eq!(same.must_be(200).json()["hash"], head["hash"]);
        for (wrong, place) in [
            ("destination,fee\n49,1\n", "/row"),
            ("destination,price\n49\n", "/row/0"),
            ("destination,price\n49,1\n33,-1\n", "/row/1/price"),
            ("destination,price\n\"49,1\n", "/row"),
        ] {
            let path = format!("{TABLES}/wrong?currency=EUR");
            let refused = put_text(server, &path, "text/csv", wrong.to_owned()).await;
            assert_eq!(refused.must_fail(400).violations(), [place], "{wrong}");
        }
        let found = format!("{TABLES}/roaming/row?destination=493012&servingNetwork=26201");
        let row = server.get(&found).await.must_be(200).json();
        assert_eq!(row["row"]["zone"], "home, fixed", "{row:#}");
    });
}

#[test]
fn a_number_finds_its_row() {
    each_server(async |server| {
        load(server, &zones()).await.must_be(201);
        let row = async |query: &str| server.get(&format!("{TABLES}/zones/row?{query}")).await;
        let found = row("destination=%2B4915112345").await.must_be(200).json();
        assert_eq!(found["number"], 1);
        assert_eq!(found["row"], zones()["row"][1]);
        assert_eq!(found["tariffTable"]["version"], "1");
        let found = row("destination=4930").await.must_be(200).json();
        assert_eq!(found["row"]["zone"], "DE");
        row("destination=331&at=2026-12-31T23:59:59Z")
            .await
            .must_fail(404);
        let found = row("destination=331&at=2027-01-01T00:00:00Z").await;
        assert_eq!(found.must_be(200).json()["row"]["zone"], "FR");
        row("destination=441").await.must_fail(404);
        let refused = row("destination=49&origin=49").await.must_fail(400);
        assert_eq!(refused.violations(), ["origin"]);
        row("destination=49&at=today").await.must_fail(400);
        // The version that was replaced still tells what it said.
        let mut dearer = zones();
        dearer["row"][0]["price"] = json!(0.07);
        load(server, &dearer).await.must_be(201);
        let price = async |version: &str| {
            let found = row(&format!("destination=4930{version}")).await;
            found.must_be(200).json()["row"]["price"].to_string()
        };
        assert_eq!(price("").await, "0.07");
        assert_eq!(price("&version=1").await, "0.060");
    });
}

#[test]
fn a_large_table_is_loaded_and_outlives_a_restart() {
    each_database(async |database| {
        let server = TestServer::start(database).await;
        let mut csv = "destination,zone,price\n".to_owned();
        for number in 0..20_000_u64 {
            let (zone, price) = (number % 200, number % 97);
            csv.push_str(&format!("{},Z{zone},0.{price:03}\n", 100_000 + number));
        }
        let path = format!("{TABLES}/large?currency=EUR");
        let loaded = put_text(&server, &path, "text/csv", csv).await.must_be(201);
        assert_eq!(loaded.json()["rowCount"], 20_000);
        server.stop().await;
        let server = TestServer::start(database).await;
        let found = format!("{TABLES}/large/row?destination=11234599");
        let row = server.get(&found).await.must_be(200).json();
        assert_eq!(row["number"], 12_345);
        assert_eq!(row["row"]["zone"], "Z145");
        let whole = server.get(&format!("{TABLES}/large")).await.must_be(200);
        assert_eq!(whole.json()["row"].as_array().unwrap().len(), 20_000);
        server.stop().await;
    });
}

#[test]
fn calendars_and_tax_tables_are_kept_the_same_way() {
    each_server(async |server| {
        let calendar = json!({
            "id": "de", "timeZone": "Europe/Berlin", "default": "offPeak",
            "hours": [{ "band": "peak", "from": "08:00", "to": "18:00" }],
        });
        let path = "/tollgate/v1/calendar/de";
        put(server, path, &calendar).await.must_be(201);
        put(server, path, &calendar).await.must_be(200);
        let shown = server.get(path).await.must_be(200).json();
        assert_eq!(shown["hours"], calendar["hours"], "{shown:#}");
        put(server, path, &shown).await.must_be(200);
        let list = server.get("/tollgate/v1/calendar").await.json();
        assert!(list[0]["hours"].is_null(), "{list:#}");
        assert_eq!(list[0]["timeZone"], "Europe/Berlin");
        let wrong = json!({ "timeZone": "Mars/Olympus", "default": "offPeak" });
        let refused = put(server, path, &wrong).await.must_fail(400);
        assert_eq!(refused.violations(), ["/timeZone"]);

        let taxes = json!({ "row": [{ "category": "VAT", "place": "DE", "rate": 19 }] });
        let path = "/tollgate/v1/taxTable/de";
        put(server, path, &taxes).await.must_be(201);
        let other = "/tollgate/v1/taxTable/eu";
        let refused = put(server, other, &taxes).await.must_fail(409);
        assert_eq!(refused.violations(), ["/row/0"]);
        let austria = json!({ "row": [{ "category": "VAT", "place": "AT", "rate": 20 }] });
        put(server, other, &austria).await.must_be(201);
        let shown = server.get(path).await.must_be(200).json();
        assert_eq!(shown["row"], taxes["row"], "{shown:#}");
        let csv = put_text(server, path, "text/csv", "category,rate\n".to_owned()).await;
        csv.must_fail(415);
    });
}

#[test]
fn the_linter_finds_what_is_hardly_meant() {
    each_server(async |server| {
        load(server, &zones()).await.must_be(201);
        let found = server.get(&format!("{TABLES}/zones/lint")).await;
        let found = found.must_be(200).json();
        assert_eq!(found["finding"][0]["kind"], "gap", "{found:#}");
        assert_eq!(found["finding"][0]["path"], "/row", "{found:#}");
        let missing = server.get(&format!("{TABLES}/others/lint")).await;
        missing.must_fail(404);
    });
}
