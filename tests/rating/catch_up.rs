//! Much usage that comes in no order, also while it is put in order: in the end it costs what it would have
//! cost in the order of time, and rating all of it again changes nothing.

use futures_util::future::join;
use reqwest::Method;
use serde_json::{Value, json};
use tollgate::charging::Owner;

use super::plan::{call, line, offer, stream};
use crate::support::{TestServer, each_server};

/// More than is rated again at once.
const CALLS: u64 = 420;
/// What is sent together.
const TOGETHER: usize = 30;

/// A number that follows from the one before, the same each time.
struct Seed(u64);

impl Seed {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }

    fn shuffle(&mut self, all: &mut [Value]) {
        for place in (1..all.len()).rev() {
            let other = self.below(u64::try_from(place).expect("small") + 1);
            all.swap(place, usize::try_from(other).expect("small"));
        }
    }
}

/// An allowance of the account that ends within the month, and tiers of a week behind it where asked for.
async fn plan(server: &TestServer, included: u64, with_tiers: bool) {
    offer(server).await;
    let price = json!({ "@type": "ProductOfferingPrice",
        "unitOfMeasure": { "amount": included, "units": "s" } });
    let path = "productOfferingPrice/included";
    server.v5().patch(path, &price).await.must_be(200);
    if with_tiers {
        let price = json!({
            "@type": "ProductOfferingPrice",
            "pricingLogicAlgorithm": [{
                "@type": "PricingLogicAlgorithm", "plaSpecId": "graduated",
                "characteristic": [
                    { "name": "tier", "value": [
                        { "to": 1200, "price": 0.12 }, { "to": 3000, "price": 0.06 }, { "price": 0.03 }] },
                    { "name": "tierScope", "value": "account" },
                    { "name": "tierPeriod", "value": "7 days" },
                    { "name": "increment", "value": [{ "from": 0, "step": 60 }] }],
            }],
        });
        let path = "productOfferingPrice/voice";
        server.v5().patch(path, &price).await.must_be(200);
    }
    line(server, "p1", "491511", Some("acme")).await;
    line(server, "p2", "491512", Some("acme")).await;
}

/// Calls of a month, and now and then a session in three parts.
fn calls(seed: &mut Seed, first: u64, count: u64, sessions: bool) -> Vec<Value> {
    let each = (first..first + count).map(|n| {
        let (day, second) = (1 + n * 27 / (first + count), seed.below(86_000));
        let time = |second: u64| {
            let (hour, rest) = (second / 3600, second % 3600);
            format!(
                "2026-03-{day:02}T{hour:02}:{:02}:{:02}Z",
                rest / 60,
                rest % 60
            )
        };
        let number = ["491511", "491512"][usize::try_from(seed.below(2)).expect("small")];
        if !sessions || n % 40 != 0 {
            let seconds = 20 + seed.below(100);
            return vec![call(&format!("r{n:04}"), number, &time(second), seconds)];
        }
        let parts = (0..3).map(|part| {
            let mut usage = call(&format!("s{n:04}"), number, &time(second + part * 100), 70);
            let list = usage["usageCharacteristic"].as_array_mut().expect("a list");
            list.push(json!({ "name": "partialSequence", "value": part + 1 }));
            list.push(json!({ "name": "lastPartial", "value": part == 2 }));
            usage
        });
        parts.collect()
    });
    each.flatten().collect()
}

async fn send(server: &TestServer, calls: &[Value]) {
    for some in calls.chunks(TOGETHER) {
        let told = stream(server, some).await;
        assert_eq!(told["rated"], some.len(), "{told}");
    }
}

fn owner(server: &TestServer) -> Owner {
    let states = server
        .parts()
        .engine
        .store
        .read_blocking(|session| session.charging_states(1, &["a:acme".to_owned()]));
    let (_, _, bytes) = states.expect("a state").remove(0);
    Owner::read(&bytes).expect("an owner")
}

/// What is used of allowances and tiers.
fn used(server: &TestServer) -> (Vec<u64>, Vec<(Option<i64>, u64)>) {
    let owner = owner(server);
    let buckets = owner.buckets.iter().map(|own| own.used).collect();
    let tiers = owner.tiers.iter().filter(|own| own.used > 0);
    let mut tiers: Vec<(Option<i64>, u64)> = tiers.map(|own| (own.from, own.used)).collect();
    tiers.sort_unstable();
    (buckets, tiers)
}

/// All of it is as if it had come in the order of time.
async fn must_be_in_order(server: &TestServer, calls: usize) {
    assert_eq!(owner(server).late, None);
    let before = used(server);
    let question = json!({ "billingAccount": { "id": "acme" }, "from": "2026-03-01T00:00:00Z" });
    let path = "/tollgate/v1/usage/rerate";
    let report = server.send(Method::POST, path, &question).await;
    let report = report.must_be(200).json();
    assert_eq!(report["usage"], calls, "{report}");
    assert_eq!(report["changed"], 0, "{report}");
    assert_eq!(used(server), before);
}

async fn in_no_order(server: &TestServer, included: u64, with_tiers: bool, sessions: bool) {
    plan(server, included, with_tiers).await;
    let mut seed = Seed(0x2545_f491_4f6c_dd1d ^ included);
    let mut calls = calls(&mut seed, 0, CALLS, sessions);
    // Parts of one session keep their order.
    if !sessions {
        seed.shuffle(&mut calls);
    } else {
        calls.rotate_left(200);
    }
    send(server, &calls).await;
    assert!(owner(server).late.is_some());
    let runs = server.parts().worker.drain().await.expect("jobs run");
    assert!(runs > 0);
    must_be_in_order(server, calls.len()).await;
    assert_eq!(server.parts().worker.drain().await.expect("no jobs"), 0);
}

#[test]
fn an_allowance_that_ends_goes_to_who_was_first() {
    each_server(async |server| in_no_order(server, 12_000, false, false).await);
}

#[test]
fn tiers_are_entered_by_who_was_first() {
    each_server(async |server| in_no_order(server, 6_000, true, false).await);
}

#[test]
fn sessions_stay_whole() {
    each_server(async |server| in_no_order(server, 6_000, true, true).await);
    each_server(async |server| in_no_order(server, 12_000, false, true).await);
}

#[test]
fn one_late_call_changes_only_where_the_allowance_ends() {
    each_server(async |server| {
        plan(server, 12_000, false).await;
        let mut seed = Seed(7);
        let mut calls = calls(&mut seed, 0, CALLS, false);
        calls.sort_by_key(|own| own["usageDate"].as_str().expect("a date").to_owned());
        let late = calls.remove(20);
        send(server, &calls).await;
        assert_eq!(owner(server).late, None);
        send(server, &[late]).await;
        assert!(owner(server).late.is_some());
        assert_eq!(server.parts().worker.drain().await.expect("a job"), 1);
        let changed =
            super::plan::read(server, &format!("{}?status=rerated", super::plan::V4)).await;
        let changed = changed.as_array().expect("a list").len();
        // It, and those that have less of the allowance now.
        assert!((2..=6).contains(&changed), "{changed}");
        must_be_in_order(server, CALLS.try_into().expect("small")).await;
    });
}

#[test]
fn what_comes_while_it_is_put_in_order_is_in_order_too() {
    each_server(async |server| {
        plan(server, 6_000, true).await;
        let mut seed = Seed(99);
        let mut first = calls(&mut seed, 0, CALLS, false);
        seed.shuffle(&mut first);
        send(server, &first).await;
        let mut more = calls(&mut seed, CALLS, 120, false);
        seed.shuffle(&mut more);
        let coming = async {
            for some in more.chunks(3) {
                let told = stream(server, some).await;
                assert_eq!(told["rated"], some.len(), "{told}");
            }
        };
        let ordering = async { server.parts().worker.drain().await.expect("jobs run") };
        let ((), runs) = join(coming, ordering).await;
        assert!(runs > 0);
        // What came late behind the last look.
        while server.parts().worker.drain().await.expect("jobs run") > 0 {}
        must_be_in_order(server, first.len() + more.len()).await;
    });
}
