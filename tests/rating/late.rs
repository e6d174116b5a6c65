//! Usage that comes late, where others already have what it would have had.

use reqwest::Method;
use serde_json::{Value, json};
use tollgate::charging::Owner;
use tollgate::cli::config::LateRecords;

use super::plan::{V4, call, line, offer, read, stream};
use crate::support::{Setup, TestServer, each_database, each_server};

/// What each record costs, by its name.
async fn nets(server: &TestServer) -> Vec<(String, String)> {
    let list = read(server, &format!("{V4}?limit=1000")).await;
    let list = list.as_array().expect("a list").iter();
    let mut all: Vec<(String, String)> = list
        .map(|usage| {
            let named = usage["usageCharacteristic"].as_array().expect("a list");
            let name = named.iter().find(|own| own["name"] == "recordId");
            let name = name.expect("a name")["value"].as_str().expect("a text");
            let net = &usage["ratedProductUsage"][0]["taxExcludedRatingAmount"]["value"];
            (name.to_owned(), net.to_string())
        })
        .collect();
    all.sort();
    all
}

fn named(costs: &[(&str, &str)]) -> Vec<(String, String)> {
    let costs = costs.iter();
    costs
        .map(|(name, net)| ((*name).to_owned(), (*net).to_owned()))
        .collect()
}

fn state(server: &TestServer) -> (i64, Owner) {
    let states = server
        .parts()
        .engine
        .store
        .read_blocking(|session| session.charging_states(1, &["a:acme".to_owned()]));
    let (_, revision, bytes) = states.expect("a state").remove(0);
    (revision, Owner::read(&bytes).expect("an owner"))
}

/// How many jobs wait or ran.
async fn runs(server: &TestServer) -> usize {
    server.parts().worker.drain().await.expect("jobs run")
}

fn at(minute: u32) -> String {
    format!("2026-03-02T{:02}:{:02}:00Z", 8 + minute / 60, minute % 60)
}

#[test]
fn a_late_call_before_an_allowance_was_used_up_changes_who_pays() {
    each_server(async |server| {
        offer(server).await;
        line(server, "p1", "491511", Some("acme")).await;
        line(server, "p2", "491512", Some("acme")).await;
        stream(server, &[call("b", "491511", &at(10), 60)]).await;
        stream(server, &[call("c", "491512", &at(20), 60)]).await;
        stream(server, &[call("d", "491511", &at(30), 60)]).await;
        assert_eq!(runs(server).await, 0);
        let ordered = named(&[("b", "0.00"), ("c", "0.04"), ("d", "0.12")]);
        assert_eq!(nets(server).await, ordered);
        // Two of them, of which one would have had the allowance to itself; they are put in order together.
        stream(server, &[call("a", "491512", &at(0), 60)]).await;
        stream(server, &[call("a2", "491511", &at(5), 60)]).await;
        assert!(state(server).1.late.is_some());
        assert_eq!(runs(server).await, 1);
        let expected = named(&[
            ("a", "0.00"),
            ("a2", "0.04"),
            ("b", "0.12"),
            ("c", "0.12"),
            ("d", "0.12"),
        ]);
        assert_eq!(nets(server).await, expected);
        // Nothing happens twice.
        let after = state(server);
        assert_eq!(after.1.late, None);
        assert_eq!(after.1.buckets.iter().map(|own| own.used).sum::<u64>(), 100);
        assert_eq!(runs(server).await, 0);
        // What comes late behind the end of the allowance costs what it would have cost.
        stream(server, &[call("e", "491511", &at(25), 60)]).await;
        assert_eq!(runs(server).await, 0);
        assert_eq!(nets(server).await.last(), named(&[("e", "0.12")]).last());
    });
}

/// A product has ended before its last call, which is said only afterwards. The call keeps a price, and what comes late
/// is put in order.
#[test]
fn an_end_that_is_said_afterwards_is_in_nobody_s_way() {
    each_server(async |server| {
        offer(server).await;
        line(server, "p1", "491511", Some("acme")).await;
        line(server, "p2", "491512", Some("acme")).await;
        stream(server, &[call("b", "491511", &at(10), 60)]).await;
        stream(server, &[call("c", "491512", &at(20), 60)]).await;
        stream(server, &[call("d", "491511", &at(30), 60)]).await;
        let end = json!({ "status": "terminated", "terminationDate": at(15) });
        let path = "/tmf-api/productInventory/v5/product/p2";
        server.send(Method::PATCH, path, &end).await.must_be(200);
        stream(server, &[call("a", "491511", &at(0), 60)]).await;
        assert_eq!(runs(server).await, 1);
        let ordered = named(&[("a", "0.00"), ("b", "0.04"), ("c", "0.12"), ("d", "0.12")]);
        assert_eq!(nets(server).await, ordered);
        assert_eq!(state(server).1.late, None);
        // What comes now is refused.
        let answer = stream(server, &[call("e", "491512", &at(40), 60)]).await;
        assert_eq!(answer["rejected"], 1, "{answer}");
    });
}

#[test]
fn a_stream_in_order_is_never_late_to_itself() {
    // Several parts, which are checked side by side; the allowance ends in the midst of them.
    const CALLS: u32 = 9_000;
    each_server(async |server| {
        offer(server).await;
        line(server, "p1", "491511", Some("acme")).await;
        let price = json!({ "@type": "ProductOfferingPrice", "unitOfMeasure": { "amount": 4_500, "units": "s" } });
        let path = "productOfferingPrice/included";
        server.v5().patch(path, &price).await.must_be(200);
        let calls: Vec<Value> = (0..CALLS)
            .map(|n| {
                let start = format!(
                    "2026-03-02T{:02}:{:02}:{:02}Z",
                    n / 3600,
                    n / 60 % 60,
                    n % 60
                );
                call(&format!("r{n}"), "491511", &start, 1)
            })
            .collect();
        let told = stream(server, &calls).await;
        assert_eq!(told["rated"], CALLS, "{told}");
        assert_eq!(state(server).1.late, None);
        assert_eq!(runs(server).await, 0);
        assert_eq!(state(server).1.buckets[0].used, 4_500);
    });
}

#[test]
fn disorder_while_there_is_enough_for_all_changes_nothing() {
    each_server(async |server| {
        offer(server).await;
        let price = json!({ "@type": "ProductOfferingPrice", "unitOfMeasure": { "amount": 1000, "units": "s" } });
        let path = "productOfferingPrice/included";
        server.v5().patch(path, &price).await.must_be(200);
        line(server, "p1", "491511", Some("acme")).await;
        for (n, minute) in [9, 3, 7, 1, 5].into_iter().enumerate() {
            let sent = call(&format!("r{n}"), "491511", &at(minute), 60);
            stream(server, &[sent]).await;
        }
        assert_eq!(state(server).1.late, None);
        assert_eq!(runs(server).await, 0);
    });
}

/// A plan with tiers of a month beside the allowance.
async fn with_tiers(server: &TestServer) {
    offer(server).await;
    let price = json!({
        "@type": "ProductOfferingPrice",
        "pricingLogicAlgorithm": [{
            "@type": "PricingLogicAlgorithm", "plaSpecId": "graduated",
            "characteristic": [
                { "name": "tier", "value": [{ "to": 300, "price": 0.12 }, { "price": 0.06 }] },
                { "name": "tierScope", "value": "account" },
                { "name": "tierPeriod", "value": "7 days" },
                { "name": "increment", "value": [{ "from": 0, "step": 60 }] }],
        }],
    });
    let path = "productOfferingPrice/voice";
    server.v5().patch(path, &price).await.must_be(200);
}

/// A number that follows from the one before, the same each time.
fn next(seed: &mut u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed
}

/// Usage of two weeks, in the order of time.
fn calls(seed: &mut u64) -> Vec<Value> {
    let numbers = 0..14_u64;
    numbers
        .map(|n| {
            let (day, minute) = (20 + n, next(seed) % 60);
            let (month, day) = (2 + day / 29, 1 + (day - 1) % 28);
            let start = format!("2026-{month:02}-{day:02}T09:{minute:02}:00Z");
            let number = ["491511", "491512"][usize::try_from(next(seed) % 2).expect("small")];
            call(&format!("r{n:02}"), number, &start, 30 + next(seed) % 90)
        })
        .collect()
}

#[test]
fn in_whatever_order_usage_comes_it_costs_the_same_in_the_end() {
    let mut seed = 0x2545_f491_4f6c_dd1d;
    for _ in 0..2 {
        let ordered = calls(&mut seed);
        let mut shuffled = ordered.clone();
        for place in (1..shuffled.len()).rev() {
            let other = next(&mut seed) % (u64::try_from(place).expect("small") + 1);
            shuffled.swap(place, usize::try_from(other).expect("small"));
        }
        // Where not all are late, those that are must be found.
        let half = shuffled.split_off(7);
        let mut costs = Vec::new();
        for (first, rest) in [(ordered, Vec::new()), (half, shuffled)] {
            let all = std::sync::Mutex::new(Vec::new());
            each_server(async |server| {
                with_tiers(server).await;
                line(server, "p1", "491511", Some("acme")).await;
                line(server, "p2", "491512", Some("acme")).await;
                for usage in first.iter().chain(&rest) {
                    stream(server, std::slice::from_ref(usage)).await;
                }
                runs(server).await;
                let tiers = state(server).1.tiers;
                let used: u64 = tiers.iter().map(|own| own.used).sum();
                let cost = (nets(server).await, used);
                all.lock().expect("a lock").push(cost);
            });
            costs.extend(all.into_inner().expect("a lock"));
        }
        let (first, others) = costs.split_first().expect("costs");
        for other in others {
            assert_eq!(other, first);
        }
    }
}

#[test]
fn what_was_noted_is_done_by_the_next_process() {
    each_database(async |database| {
        let late = call("a", "491511", &at(0), 60);
        {
            let server = TestServer::start(database).await;
            offer(&server).await;
            line(&server, "p1", "491511", Some("acme")).await;
            stream(&server, &[call("b", "491511", &at(10), 60)]).await;
            stream(&server, std::slice::from_ref(&late)).await;
            assert_eq!(nets(&server).await, named(&[("a", "0.04"), ("b", "0.00")]));
            server.stop().await;
        }
        let server = TestServer::start(database).await;
        // It comes again, as a source does that was cut off.
        stream(&server, &[late]).await;
        assert_eq!(runs(&server).await, 1);
        assert_eq!(nets(&server).await, named(&[("a", "0.00"), ("b", "0.04")]));
        let before = state(&server).0;
        assert_eq!(runs(&server).await, 0);
        assert_eq!(state(&server).0, before);
        server.stop().await;
    });
}

#[test]
fn it_waits_for_others_and_is_left_alone_where_that_is_configured() {
    each_database(async |database| {
        let mut setup = Setup::new(database);
        setup.config.rating.late_records_wait_s = 60;
        let clock = setup.standing_clock();
        let server = &TestServer::with(setup).await;
        offer(server).await;
        line(server, "p1", "491511", Some("acme")).await;
        stream(server, &[call("c", "491511", &at(20), 60)]).await;
        stream(server, &[call("b", "491511", &at(10), 60)]).await;
        clock.advance_millis(59_000);
        stream(server, &[call("a", "491511", &at(0), 60)]).await;
        assert_eq!(runs(server).await, 0);
        clock.advance_millis(2_000);
        assert_eq!(runs(server).await, 1);
        let expected = named(&[("a", "0.00"), ("b", "0.04"), ("c", "0.12")]);
        assert_eq!(nets(server).await, expected);
    });
    each_database(async |database| {
        let mut setup = Setup::new(database);
        setup.config.rating.late_records = LateRecords::Leave;
        let server = &TestServer::with(setup).await;
        offer(server).await;
        line(server, "p1", "491511", Some("acme")).await;
        stream(server, &[call("b", "491511", &at(10), 60)]).await;
        stream(server, &[call("a", "491511", &at(0), 60)]).await;
        assert_eq!(runs(server).await, 0);
        assert_eq!(nets(server).await, named(&[("a", "0.04"), ("b", "0.00")]));
    });
}

#[test]
fn where_it_cannot_be_put_in_order_all_stays_as_it_was() {
    each_server(async |server| {
        offer(server).await;
        line(server, "p1", "491511", Some("acme")).await;
        stream(server, &[call("b", "491511", &at(10), 60)]).await;
        // From now on there is no price for what was rated already.
        let price = json!({ "@type": "ProductOfferingPrice",
            "validFor": { "@type": "TimePeriod", "startDateTime": "2026-03-02T08:00:00Z", "endDateTime": "2026-03-02T08:05:00Z" } });
        let path = "productOfferingPrice/voice";
        server.v5().patch(path, &price).await.must_be(200);
        stream(server, &[call("a", "491511", &at(0), 60)]).await;
        let before = nets(server).await;
        assert_eq!(before, named(&[("a", "0.04"), ("b", "0.00")]));
        assert_eq!(runs(server).await, 1);
        assert_eq!(nets(server).await, before);
        // It is told, and not tried again.
        assert!(state(server).1.late.is_some());
        assert_eq!(runs(server).await, 0);
    });
}
