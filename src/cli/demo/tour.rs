//! The steps of the demo, in the order in which a partner would come to them.

use serde_json::{Value, json};

use super::super::Failure;
use super::super::remote::next_page;
use super::listener::Listener;
use super::partner::{Call, Partner, attributes, each, nothing};
use super::show::{note, step};

pub const V4: &str = "/tmf-api/productCatalogManagement/v4";
pub const V5: &str = "/tmf-api/productCatalogManagement/v5";

/// A partner, its listener, and the folder where the server puts files.
pub struct Tour<'t> {
    pub partner: &'t Partner,
    pub listener: &'t mut Listener,
    pub files_dir: &'t std::path::Path,
}

impl Tour<'_> {
    /// All steps; returns the path of the offering that was made.
    ///
    /// # Errors
    /// Says which step gave what it should not.
    pub async fn run(&mut self) -> Result<String, Failure> {
        self.browse().await?;
        self.page().await?;
        let id = self.create().await?;
        let path = format!("{V5}/productOffering/{id}");
        self.change(&path).await?;
        self.refuse().await?;
        self.subscribe(&path).await?;
        self.export().await?;
        Ok(path)
    }

    async fn browse(&self) -> Result<(), Failure> {
        step(
            2,
            "Browse the catalog",
            "A partner looks for what is sold, in its own words.",
        );
        let path = format!("{V5}/productOffering?category.id=mobile-plans&sort=-name&fields=name");
        let plans = self.partner.call(Call::get(&path), each("name")).await?;
        let names: Vec<&str> = plans
            .items()?
            .iter()
            .filter_map(|item| item["name"].as_str())
            .collect();
        ensure(
            names.len() >= 5 && names.is_sorted_by(|a, b| a >= b),
            "mobile plans, Z to A",
        )?;

        // The same element of the array must fulfil both conditions.
        let query = "filter=$[?(@.productOfferingTerm[?(@.duration.amount>=12%20%26%26%20@.duration.units=='month')])]";
        let path = format!("{V5}/productOffering?{query}&fields=name&limit=3");
        let bound = self
            .partner
            .call(Call::get(&path).expecting(206), each("name"))
            .await?;
        ensure(!bound.items()?.is_empty(), "offerings with a minimum term")?;
        note(&format!(
            "{} offerings bind for a year or more",
            bound.header("x-total-count")?
        ));
        Ok(())
    }

    async fn page(&self) -> Result<(), Failure> {
        step(
            3,
            "Page through it",
            "Each answer links to the next page and says how many there are.",
        );
        let path = format!("{V5}/productOffering?isBundle=false&limit=4&fields=name");
        let first = self
            .partner
            .call(Call::get(&path).expecting(206), each("name"))
            .await?;
        let next = next_page(first.header("link")?)
            .ok_or_else(|| Failure::new("the first page does not link to the next one"))?;
        let second = self
            .partner
            .call(Call::get(&next).expecting(206), each("name"))
            .await?;
        ensure(first.items()? != second.items()?, "another page")?;
        note(&format!(
            "X-Total-Count: {}",
            second.header("x-total-count")?
        ));
        Ok(())
    }

    async fn create(&self) -> Result<String, Failure> {
        step(
            4,
            "Create in v4, read in v5",
            "One partner still speaks v4, another v5 already: it is the same offering.",
        );
        let path = format!("{V4}/productOffering");
        let body = json!({
            "name": "Mobile Demo 30 GB",
            "description": "30 GB and unlimited calls, for the length of a demo.",
            "isBundle": false,
            "isSellable": true,
            "category": [{"id": "mobile-plans"}],
            "productSpecification": {"id": "mobile-line"},
            "productOfferingPrice": [{"id": "mobile-m-monthly"}]
        });
        let shown = attributes(&["id", "lifecycleStatus", "lastUpdate"]);
        let made = self.partner.call(Call::post(&path, body), shown).await?;
        ensure(
            made.header("location")? == made.text("/href")?,
            "Location and href agree",
        )?;
        let id = made.text("/id")?.to_owned();

        let path = format!("{V5}/productOffering/{id}");
        let shown = attributes(&["@type", "name", "category", "productSpecification"]);
        let read = self.partner.call(Call::get(&path), shown).await?;
        ensure(
            read.text("/@type")? == "ProductOffering",
            "the type that v5 requires",
        )?;
        ensure(
            read.text("/category/0/name")? == "Mobile plans",
            "the category's name",
        )?;
        note("The server added types, names and v5 addresses to what the v4 client sent.");
        Ok(id)
    }

    async fn change(&self, path: &str) -> Result<(), Failure> {
        step(
            5,
            "Change it safely",
            "If-Match keeps two editors from overwriting each other.",
        );
        let read = self
            .partner
            .call(Call::get(path), attributes(&["description"]))
            .await?;
        let seen = read.header("etag")?.to_owned();
        let headers = [
            ("Content-Type", "application/merge-patch+json"),
            ("If-Match", seen.as_str()),
        ];
        let first = json!({"description": "30 GB, unlimited calls, and 5G."});
        let shown = attributes(&["description", "lastUpdate"]);
        self.partner
            .call(Call::patch(path, first).with(&headers), shown)
            .await?;
        let second = json!({"description": "An older text."});
        let late = Call::patch(path, second).with(&headers).expecting(412);
        self.partner
            .call(late, attributes(&["code", "reason"]))
            .await?;

        step(
            6,
            "Move it through its life",
            "From study to launch; a step that is not there is refused.",
        );
        for state in ["In Design", "In Test"] {
            let body = json!({"lifecycleStatus": state});
            self.partner
                .call(Call::patch(path, body), attributes(&["lifecycleStatus"]))
                .await?;
        }
        let leap = Call::patch(path, json!({"lifecycleStatus": "Launched"})).expecting(409);
        let refused = self
            .partner
            .call(leap, attributes(&["code", "reason", "message"]))
            .await?;
        ensure(
            refused.text("/message")?.contains("Active"),
            "the moves that are possible",
        )
    }

    async fn refuse(&self) -> Result<(), Failure> {
        step(7, "Bad requests", "Each mistake is named with its place.");
        let path = format!("{V5}/productOffering");
        let body = json!({
            "@type": "ProductOffering",
            "isBundle": "yes",
            "validFor": {"startDateTime": "tomorrow"}
        });
        let shown = attributes(&["code", "reason", "violation"]);
        let refused = self
            .partner
            .call(Call::post(&path, body).expecting(400), shown)
            .await?;
        let violations = refused
            .body
            .get("violation")
            .and_then(Value::as_array)
            .map_or(0, Vec::len);
        ensure(violations == 3, "three violations")?;

        let body = json!({
            "@type": "ProductOffering",
            "name": "Refers to nothing",
            "productSpecification": {"@type": "ProductSpecificationRef", "id": "no-such-thing"}
        });
        let shown = attributes(&["code", "reason", "violation"]);
        self.partner
            .call(Call::post(&path, body).expecting(400), shown)
            .await?;

        let price = format!("{V5}/productOfferingPrice/mobile-m-monthly");
        let shown = attributes(&["code", "reason", "message"]);
        self.partner
            .call(Call::delete(&price).expecting(409), shown)
            .await?;
        Ok(())
    }

    async fn subscribe(&mut self, path: &str) -> Result<(), Failure> {
        step(
            8,
            "Subscribe to events",
            "The partner's listener hears of changes of state, and gets only what it asked for.",
        );
        let hub = format!("{V5}/hub");
        let query = "eventType=ProductOfferingStateChangeEvent\
            &fields=eventType,eventTime,event.productOffering.name,event.productOffering.lifecycleStatus";
        let body = json!({"@type": "Hub", "callback": self.listener.url(), "query": query});
        let made = self.partner.call(Call::post(&hub, body), nothing).await?;
        let active = json!({"lifecycleStatus": "Active"});
        let shown = attributes(&["lifecycleStatus"]);
        self.partner.call(Call::patch(path, active), shown).await?;
        let state = |event: &Value| {
            event
                .pointer("/event/productOffering/lifecycleStatus")
                .cloned()
        };
        let wanted = |event: &Value| state(event) == Some(Value::from("Active"));
        let event = self.listener.wait("the change of state", wanted).await?;
        note(&format!(
            "The listener at {} received and confirmed:",
            self.listener.url()
        ));
        super::show::answer(204, "No Content", None, Some(&event));
        let type_of_event = event.get("eventType").and_then(Value::as_str)
            == Some("ProductOfferingStateChangeEvent");
        ensure(
            type_of_event && event.get("source").is_none(),
            "the attributes that were asked for",
        )?;
        self.unsubscribe(made.text("/id")?).await
    }

    async fn unsubscribe(&self, id: &str) -> Result<(), Failure> {
        let path = format!("{V5}/hub/{id}");
        self.partner.call(Call::delete(&path), nothing).await?;
        Ok(())
    }

    async fn export(&mut self) -> Result<(), Failure> {
        step(
            9,
            "Export the catalog",
            "A durable job writes a file; its end is an event as well.",
        );
        let hub = format!("{V5}/hub");
        let query = "eventType=ExportJobStateChangeEvent";
        let body = json!({"@type": "Hub", "callback": self.listener.url(), "query": query});
        let subscription = self.partner.call(Call::post(&hub, body), nothing).await?;
        let jobs = format!("{V5}/exportJob");
        let body = json!({
            "@type": "ExportJob",
            "url": "file:launched.ndjson",
            "path": "productOffering",
            "query": "lifecycleStatus=Launched",
            "contentType": "application/x-ndjson"
        });
        let shown = attributes(&["id", "status"]);
        let job = self.partner.call(Call::post(&jobs, body), shown).await?;
        let id = job.text("/id")?.to_owned();
        let ended = |event: &Value| {
            let text = |name: &str| event.pointer(&format!("/event/exportJob/{name}")).cloned();
            text("id") == Some(json!(id))
                && matches!(text("status"), Some(Value::String(s)) if s == "Succeeded" || s == "Failed")
        };
        self.listener.wait("the end of the job", ended).await?;
        let path = format!("{jobs}/{id}");
        let shown = attributes(&["status", "creationDate", "completionDate", "errorLog"]);
        let done = self.partner.call(Call::get(&path), shown).await?;
        ensure(done.text("/status")? == "Succeeded", "a job that succeeded")?;
        self.unsubscribe(subscription.text("/id")?).await?;

        let file = self.files_dir.join("launched.ndjson");
        let text = std::fs::read_to_string(&file)?;
        let records = text
            .lines()
            .map(serde_json::from_str::<Value>)
            .collect::<Result<Vec<_>, _>>()?;
        let launched = records
            .iter()
            .all(|record| record["lifecycleStatus"] == "Launched");
        ensure(
            launched && records.len() > 10,
            "the launched offerings in the file",
        )?;
        note(&format!(
            "{} offerings in {}",
            records.len(),
            file.display()
        ));
        Ok(())
    }
}

pub(super) fn ensure(so: bool, what: &str) -> Result<(), Failure> {
    if so {
        Ok(())
    } else {
        Err(Failure::new(format!("the demo expected {what}")))
    }
}
