//! What the document says of tariff tables, calendars, tax tables and the linter.

use serde_json::{Value, json};

use crate::api::own::document::{Operation, Parameter};

const ID: &str = "Identifier of the document.";
const VERSION: &str = "A version; without it the current one.";

/// The names of one kind in the document.
struct Named {
    /// Of the collection, and of one document.
    paths: [&'static str; 2],
    tag: &'static str,
    schema: &'static str,
    /// Of list, retrieve, load, delete.
    ids: [&'static str; 4],
    summaries: [&'static str; 4],
}

const TABLES: Named = Named {
    paths: ["/tariffTable", "/tariffTable/{id}"],
    tag: "tariffTable",
    schema: "TariffTable",
    ids: [
        "listTariffTable",
        "retrieveTariffTable",
        "loadTariffTable",
        "deleteTariffTable",
    ],
    summaries: [
        "The tariff tables, without their rows.",
        "A tariff table with its rows.",
        "Loads a version of a tariff table as a whole. Rows alone may come as `application/x-ndjson` \
         or `text/csv`; currency, name and version then stand in the query. The content that is \
         there already is answered with 200, a new version with 201.",
        "Takes a tariff table away from prices. Its versions stay readable.",
    ],
};
const CALENDARS: Named = Named {
    paths: ["/calendar", "/calendar/{id}"],
    tag: "calendar",
    schema: "RatingCalendar",
    ids: [
        "listCalendar",
        "retrieveCalendar",
        "loadCalendar",
        "deleteCalendar",
    ],
    summaries: [
        "The calendars of rating, without their hours.",
        "A calendar with its hours and holidays.",
        "Loads a version of a calendar as a whole.",
        "Takes a calendar away from prices. Its versions stay readable.",
    ],
};
const TAXES: Named = Named {
    paths: ["/taxTable", "/taxTable/{id}"],
    tag: "taxTable",
    schema: "TaxTable",
    ids: [
        "listTaxTable",
        "retrieveTaxTable",
        "loadTaxTable",
        "deleteTaxTable",
    ],
    summaries: [
        "The tables of tax rates, without their rows.",
        "A table of tax rates with its rows.",
        "Loads a version of a table of tax rates as a whole. All tables hold together.",
        "Takes a table of tax rates away from rating. Its versions stay readable.",
    ],
};

/// An operation without body and parameters.
fn reading(
    path: &'static str,
    id: &'static str,
    tag: &'static str,
    summary: &'static str,
    answer: &str,
) -> Operation {
    Operation {
        path,
        method: "get",
        body: None,
        id,
        tag,
        summary,
        parameters: Vec::new(),
        answer: Some(reference(answer)),
        errors: &["400", "404", "500", "503"],
    }
}

fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

fn of_kind(named: &Named) -> Vec<Operation> {
    let Named {
        paths: [all, one],
        tag,
        schema,
        ids: [list, retrieve, load, delete],
        summaries: [of_list, of_retrieve, of_load, of_delete],
    } = named;
    let id = Parameter::path("id", ID);
    vec![
        Operation {
            answer: Some(json!({ "type": "array", "items": reference(schema) })),
            errors: &["400", "500", "503"],
            ..reading(all, list, tag, of_list, schema)
        },
        Operation {
            parameters: vec![id.clone(), Parameter::query("version", VERSION)],
            ..reading(one, retrieve, tag, of_retrieve, schema)
        },
        Operation {
            method: "put",
            body: Some(reference(schema)),
            parameters: vec![
                id.clone(),
                Parameter::query("version", "Name of the version; counted without it."),
                Parameter::query("name", "What the document is called."),
                Parameter::query("currency", "Currency of prices and fees in rows."),
                Parameter::query(
                    "key",
                    "Keys of rows in the order in which they are looked at, separated by commas; \
                     without it that of the columns of CSV, else `destination`.",
                ),
            ],
            errors: &["400", "409", "413", "415", "422", "500", "503"],
            ..reading(one, load, tag, of_load, schema)
        },
        Operation {
            method: "delete",
            parameters: vec![id],
            answer: None,
            errors: &["400", "404", "409", "500", "503"],
            ..reading(one, delete, tag, of_delete, schema)
        },
    ]
}

/// What the document says of these operations.
pub fn operations() -> Vec<Operation> {
    let id = || Parameter::path("id", "Identifier of what is looked at.");
    let lint = |path, name, summary| Operation {
        parameters: vec![id()],
        errors: &["404", "422", "500", "503"],
        ..reading(path, name, "lint", summary, "TariffLint")
    };
    let mut all = [of_kind(&TABLES), of_kind(&CALENDARS), of_kind(&TAXES)].concat();
    all.extend([
        Operation {
            parameters: vec![
                id(),
                Parameter::query("destination", "The number that is called."),
                Parameter::query("origin", "The number that calls."),
                Parameter::query("servingNetwork", "The network that serves the subscriber."),
                Parameter::query("at", "When the usage begins. Now, when missing."),
                Parameter::query("version", VERSION),
            ],
            ..reading(
                "/tariffTable/{id}/row",
                "findTariffTableRow",
                "tariffTable",
                "The row of a tariff table that is for a number at an instant.",
                "TariffTableRow",
            )
        },
        Operation {
            parameters: vec![id(), Parameter::query("version", VERSION)],
            ..lint(
                "/tariffTable/{id}/lint",
                "lintTariffTable",
                "What is hardly meant in a tariff table: gaps, overlaps, rows that nothing reaches.",
            )
        },
        lint(
            "/productOfferingPrice/{id}/lint",
            "lintProductOfferingPrice",
            "What is hardly meant in a price and all that it refers to.",
        ),
        lint(
            "/productOffering/{id}/lint",
            "lintProductOffering",
            "What is hardly meant in the prices of an offering.",
        ),
    ]);
    all
}

/// The schemas that the operations name.
pub fn schemas() -> Vec<(&'static str, Value)> {
    let text = |about: &str| json!({ "type": "string", "description": about });
    let count = |about: &str| json!({ "type": "integer", "description": about });
    let list = |about: &str| json!({ "type": "array", "items": { "type": "object" }, "description": about });
    let document = |own: Value| {
        let mut properties = json!({
            "@type": text("What the document is."),
            "id": text("Identifier, as in the path."),
            "href": text("Address of the document."),
            "name": text("What it is called."),
            "version": text("Name of the version; counted where it is not given."),
            "current": { "type": "boolean", "description": "Prices mean this version." },
            "rowCount": count("Rows, or hours and holidays."),
            "hash": text("Of everything that matters to prices."),
            "loadedAt": text("When the version was loaded."),
        });
        if let (Some(all), Value::Object(own)) = (properties.as_object_mut(), own) {
            all.extend(own);
        }
        json!({ "type": "object", "properties": properties })
    };
    let table = document(json!({
        "key": { "type": "array", "items": { "type": "string" }, "description": "`destination`, `origin`, `servingNetwork`, in the order in which they are looked at." },
        "currency": text("Currency of prices and fees."),
        "row": list("Prefixes by key, `zone`, `price`, `setupFee`, `firstStep`, `nextStep`, `validFor`."),
    }));
    let calendar = document(json!({
        "timeZone": text("IANA name of the time zone."),
        "default": text("Band of what no hours cover."),
        "hours": list("`band`, `day`, `from`, `to`."),
        "holiday": list("`date`, `as` or `hours`, `priority`."),
    }));
    let taxes = document(json!({
        "row": list("`category`, `place`, `rate` in per cent, `validFor`."),
    }));
    let row = json!({
        "type": "object",
        "properties": {
            "@type": text("`TariffTableRow`."),
            "tariffTable": { "type": "object", "description": "Id and version of the table." },
            "number": count("Number of the row in the table, from 0."),
            "row": { "type": "object", "description": "The row as it was loaded." },
        },
    });
    let lint = json!({
        "type": "object",
        "required": ["@type", "finding"],
        "properties": {
            "@type": text("`TariffLint`."),
            "finding": list("`id` of price or table, `path` into its document, `kind` (`gap`, `overlap`, `shadowed`, `cliff`) and `message`."),
        },
    });
    vec![
        ("TariffTable", table),
        ("RatingCalendar", calendar),
        ("TaxTable", taxes),
        ("TariffTableRow", row),
        ("TariffLint", lint),
    ]
}
