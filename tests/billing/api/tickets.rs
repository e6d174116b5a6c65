//! Trouble tickets (TMF621) and their status.

use reqwest::Method;
use serde_json::json;

use super::{
    BILLS_V5, TICKETS_V4, TICKETS_V5, account, bill, heard, ids, make, patch, read, subscribe,
    written,
};
use crate::support::{Listener, TestServer, each_server, id};

#[test]
fn a_ticket_of_v4_is_read_in_v5_and_back() {
    each_server(async |server: &TestServer| {
        let account = account(server).await;
        let bill = written(server, "customerBill", bill(&id(&account), "R-1", "sent")).await;
        let body = json!({
            "description": "The bill is too high", "severity": "Minor", "ticketType": "complaint",
            "relatedEntity": [{"id": bill, "role": "disputed bill", "@referredType": "CustomerBill"}],
            "relatedParty": [{"id": "ada", "role": "originator", "@referredType": "Individual"}],
            "note": [{"text": "I was away"}], "statusChangeDate": "2001-01-01T00:00:00Z",
        });
        let made = make(server, &format!("{TICKETS_V4}/troubleTicket"), &body).await;
        assert_eq!(made["status"], "acknowledged");
        assert_eq!(made["statusChange"][0]["status"], "acknowledged");
        assert_eq!(made["statusChange"][0]["changeDate"], made["creationDate"]);
        assert_eq!(made["statusChangeDate"], made["creationDate"]);

        let at = format!("{TICKETS_V5}/troubleTicket");
        let one = format!("{at}/{}", id(&made));
        let new = read(server, &one).await;
        let entity = &new["relatedEntity"][0]["entity"];
        assert_eq!(
            (&entity["@type"], &entity["id"]),
            (&json!("EntityRef"), &json!(bill))
        );
        assert_eq!(
            entity["href"],
            format!("{}{BILLS_V5}/customerBill/{bill}", server.url())
        );
        assert_eq!(new["relatedEntity"][0]["role"], "disputed bill");
        let step = &new["statusChangeHistory"][0];
        assert_eq!(step["@type"], "StatusChange");
        assert_eq!(step["statusChangeDate"], new["creationDate"]);
        assert_eq!(
            new["note"][0],
            json!({"text": "I was away", "@type": "Note"})
        );
        for query in [
            format!("relatedEntity.entity.id={bill}"),
            "status=acknowledged&severity=Minor".to_owned(),
        ] {
            assert_eq!(
                ids(server, &format!("{at}?{query}")).await,
                [id(&made)],
                "{query}"
            );
        }
        let found = format!("{TICKETS_V4}/troubleTicket?relatedEntity.id={bill}");
        assert_eq!(ids(server, &found).await, [id(&made)]);

        // A ticket of v5 follows a specification, which v4 does not know.
        let kind = json!({"@type": "TroubleTicketSpecification", "name": "Dispute"});
        let kind = make(
            server,
            &format!("{TICKETS_V5}/troubleTicketSpecification"),
            &kind,
        )
        .await;
        assert!(kind["creationDate"].is_string(), "{kind}");
        server
            .get(&format!("{TICKETS_V4}/troubleTicketSpecification"))
            .await
            .must_fail(404);
        let body = json!({"@type": "TroubleTicket", "description": "No signal", "severity": "Major",
            "ticketType": "fault",
            "troubleTicketSpecification": {"@type": "TroubleTicketSpecificationRef", "id": id(&kind)}});
        let made = make(server, &at, &body).await;
        assert_eq!(made["troubleTicketSpecification"]["name"], "Dispute");
        let old = read(server, &format!("{TICKETS_V4}/troubleTicket/{}", id(&made))).await;
        assert_eq!(old["statusChange"][0]["changeDate"], made["creationDate"]);
        let refusal = server
            .send(Method::POST, &at, &json!({"@type": "TroubleTicket"}))
            .await;
        let mut missing = refusal.must_fail(400).violations();
        missing.sort();
        assert_eq!(missing, ["/description", "/severity", "/ticketType"]);
    });
}

#[test]
fn the_status_of_a_ticket_is_kept_and_told() {
    each_server(async |server: &TestServer| {
        let old = subscribe(server, TICKETS_V4, json!({})).await;
        let new = subscribe(server, TICKETS_V5, json!({"@type": "Hub"})).await;
        let body =
            json!({"description": "Too high", "severity": "Minor", "ticketType": "complaint"});
        let made = make(server, &format!("{TICKETS_V4}/troubleTicket"), &body).await;
        let [v4, v5] =
            [TICKETS_V4, TICKETS_V5].map(|base| format!("{base}/troubleTicket/{}", id(&made)));
        let refusal = patch(server, &v5, &json!({"status": "closed"}))
            .await
            .must_fail(409);
        assert!(
            refusal.body.contains("inProgress, pending, held, resolved"),
            "{}",
            refusal.body
        );
        let ask = json!({"status": "pending", "statusChangeReason": "which call?"});
        patch(server, &v5, &ask).await.must_be(200);
        let told = json!({"status": "inProgress", "note": [{"text": "that of Monday"}]});
        let ticket = patch(server, &v4, &told).await.must_be(200).json();
        assert!(ticket.get("statusChangeReason").is_none(), "{ticket}");
        let done = patch(server, &v5, &json!({"status": "resolved"}))
            .await
            .must_be(200)
            .json();
        assert_eq!(done["resolutionDate"], done["statusChangeDate"]);
        let closed = patch(server, &v4, &json!({"status": "closed"}))
            .await
            .must_be(200)
            .json();
        let steps = closed["statusChange"].as_array().expect("a history").iter();
        let steps: Vec<_> = steps
            .map(|step| step["status"].as_str().expect("a status"))
            .collect();
        assert_eq!(
            steps,
            [
                "acknowledged",
                "pending",
                "inProgress",
                "resolved",
                "closed"
            ]
        );
        assert_eq!(closed["statusChange"][1]["changeReason"], "which call?");
        // The history is the server's.
        let forged = json!({"statusChange": []});
        patch(server, &v4, &forged).await.must_be(200);
        let kept = read(server, &v4).await;
        assert_eq!(kept["statusChange"], closed["statusChange"]);
        patch(server, &v4, &json!({"status": "inProgress"}))
            .await
            .must_fail(409);
        server
            .send(Method::DELETE, &v5, &json!({}))
            .await
            .must_be(204);

        let types = heard(server, &new).await;
        let count = |wanted: &str| types.iter().filter(|own| own.ends_with(wanted)).count();
        assert_eq!(count("TicketStatusChangeEvent"), 4, "{types:?}");
        assert_eq!(count("TicketResolvedEvent"), 1, "{types:?}");
        assert_eq!(count("TicketDeleteEvent"), 1, "{types:?}");
        let of = |listener: &Listener, wanted: &str| {
            let events = listener.events();
            let mut found = events.iter().filter(|e| e["eventType"] == wanted);
            found
                .next()
                .cloned()
                .unwrap_or_else(|| panic!("no {wanted}"))
        };
        let asked = of(&new, "TroubleTicketInformationRequiredEvent");
        assert_eq!(
            asked["event"]["informationRequired"],
            json!({"op": "add", "path": "/note/-"})
        );
        assert_eq!(asked["event"]["troubleTicket"]["id"], made["id"]);
        assert_eq!(asked["event"]["troubleTicket"]["@type"], "TroubleTicket");
        assert_eq!(
            of(&old, "TroubleTicketInformationRequiredEvent")["fieldPath"],
            "/note/-"
        );
        let gone = &of(&new, "TroubleTicketDeleteEvent")["event"]["troubleTicket"];
        assert_eq!(
            (&gone["@type"], &gone["id"]),
            (&json!("TroubleTicketRef"), &made["id"])
        );
        let gone = &of(&old, "TroubleTicketDeleteEvent")["event"]["troubleTicket"];
        assert!(gone.get("@referredType").is_none(), "{gone}");
    });
}
