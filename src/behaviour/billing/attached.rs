//! The documents of bills and credit notes: one address for each form. Some are kept as they were when the bill
//! got its number, others are made when they are asked for.

use serde_json::{Value, json};

/// Name and media type of each form.
const FORMS: [(&str, &str); 3] = [
    ("pdf", "application/pdf"),
    ("html", "text/html"),
    ("xml", "application/xml"),
];

/// `billDocument` of a bill.
pub fn documents(id: &str) -> Value {
    let documents = FORMS.into_iter().map(|(form, mime)| {
        json!({
            "@type": "Attachment",
            "id": format!("{id}.{form}"),
            "name": format!("bill.{form}"),
            "attachmentType": "bill",
            "mimeType": mime,
            "url": format!("/tollgate/v1/customerBill/{id}/document?form={form}"),
        })
    });
    documents.collect()
}
