//! Jobs that cannot work are refused when they are created.

use serde_json::{Value, json};

use super::fixture::{Fixture, Options, log};
use crate::domain::problem::{Code, Problem};
use crate::outbound::Policy;

fn strict() -> Fixture {
    Fixture::with(Options {
        policy: Policy::default(),
        ..Options::default()
    })
}

async fn refusal(fixture: &Fixture, kind: &str, body: Value) -> Problem {
    fixture
        .create(kind, body.clone())
        .await
        .map(|_| panic!("{body} was taken"))
        .unwrap_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn private_addresses_and_other_schemes() {
    let fixture = strict();
    for url in [
        "http://127.0.0.1/a.json",
        "http://localhost:8080/a.json",
        "http://10.0.0.8/a.json",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/a.json",
        "http://0x7f.1/a.json",
        "ftp://example.com/a.json",
        "gopher://example.com/",
        "http://user:secret@example.com/a.json",
        "a.json",
        "",
    ] {
        for kind in ["importJob", "exportJob"] {
            let problem = refusal(&fixture, kind, json!({"url": url})).await;
            // An empty text is no URI, which the schema finds out first.
            let codes = [Code::UrlRefused, Code::InvalidBody];
            assert!(codes.contains(&problem.code), "{url}: {problem}");
            assert_eq!(problem.violations[0].path, "/url", "{url}: {problem}");
        }
    }
    assert_eq!(fixture.ids("importJob").await, [] as [String; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_out_of_the_folder() {
    let fixture = strict();
    fixture.file("a.json", "[]");
    let outside = fixture.folder.path().join("secret.json");
    std::fs::write(&outside, "[]").unwrap();
    let files = fixture.settings.files_dir.display();
    for url in [
        "file:../secret.json".to_owned(),
        "file:x/../../secret.json".to_owned(),
        "file:%2e%2e/secret.json".to_owned(),
        "file:..%2fsecret.json".to_owned(),
        "file:./a.json".to_owned(),
        "file:x//a.json".to_owned(),
        "file:a.json%00".to_owned(),
        "file:a%5Cb.json".to_owned(),
        "file:".to_owned(),
        "file:x/".to_owned(),
        "file:///etc/passwd".to_owned(),
        "file://server/a.json".to_owned(),
        format!("file://{}", outside.display()),
        format!("file://{files}/../secret.json"),
        format!("FILE://{files}-other/a.json"),
    ] {
        for kind in ["importJob", "exportJob"] {
            let problem = refusal(&fixture, kind, json!({"url": url})).await;
            assert_eq!(problem.code, Code::UrlRefused, "{url}: {problem}");
        }
    }
    for url in [
        "file:a.json".to_owned(),
        format!("file://{files}/a.json"),
        format!("file://localhost{files}/a.json"),
    ] {
        let job = fixture.import(json!({"url": url})).await;
        assert_eq!(job["status"], "Succeeded", "{url}: {job}");
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn links_out_of_the_folder() {
    use std::os::unix::fs::symlink;
    let fixture = strict();
    let outside = fixture.folder.path().join("outside");
    std::fs::create_dir(&outside).unwrap();
    std::fs::write(
        outside.join("secret.json"),
        "[{\"@type\":\"Category\",\"name\":\"s\"}]",
    )
    .unwrap();
    let files = fixture.settings.files_dir.clone();
    symlink(outside.join("secret.json"), files.join("link.json")).unwrap();
    symlink(&outside, files.join("link")).unwrap();
    std::fs::create_dir(files.join("folder")).unwrap();
    std::fs::write(files.join("folder/a.json"), "[]").unwrap();
    symlink(files.join("folder"), files.join("inner")).unwrap();
    for url in ["file:link.json", "file:link/secret.json", "file:folder"] {
        let job = fixture.import(json!({"url": url})).await;
        assert_eq!(job["status"], "Failed", "{url}");
        assert_eq!(fixture.ids("category").await.len(), 0, "{url}");
    }
    for url in [
        "file:link/new.json",
        "file:link/folder/new.json",
        "file:folder",
    ] {
        let job = fixture.export(json!({"url": url})).await;
        assert_eq!(job["status"], "Failed", "{url}");
        assert!(log(&job)[0].starts_with("The export failed: "), "{job}");
    }
    let left: Vec<_> = std::fs::read_dir(&outside).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
    // A link that stays inside is as good as a folder; one to a file is replaced, not followed.
    let job = fixture.export(json!({"url": "file:inner/b.json"})).await;
    assert_eq!(job["status"], "Succeeded", "{job}");
    assert!(files.join("folder/b.json").exists());
    let job = fixture.export(json!({"url": "file:link.json"})).await;
    assert_eq!(job["status"], "Succeeded", "{job}");
    assert!(
        std::fs::read_to_string(outside.join("secret.json"))
            .unwrap()
            .contains("Category")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_else_is_wrong_with_a_job() {
    let fixture = strict();
    for (kind, body, code, path) in [
        ("importJob", json!({}), Code::InvalidBody, "/url"),
        (
            "importJob",
            json!({"url": "file:a.json", "contentType": "text/csv"}),
            Code::InvalidBody,
            "/contentType",
        ),
        (
            "importJob",
            json!({"url": "file:a.json", "path": "customer"}),
            Code::InvalidBody,
            "/path",
        ),
        (
            "importJob",
            json!({"url": "file:a.json", "path": "v5/catalog"}),
            Code::InvalidBody,
            "/path",
        ),
        (
            "importJob",
            json!({"url": "file:a.json", "path": "productOffering/42"}),
            Code::InvalidBody,
            "/path",
        ),
        (
            "exportJob",
            json!({"url": "file:a.json", "path": "importJob"}),
            Code::InvalidBody,
            "/path",
        ),
        (
            "exportJob",
            json!({"url": "file:a.json", "query": "nonsense=1"}),
            Code::InvalidBody,
            "/query",
        ),
        (
            "exportJob",
            json!({"url": "file:a.json", "query": "isBundle=true"}),
            Code::InvalidBody,
            "/query",
        ),
        (
            "exportJob",
            json!({"url": "file:a.json", "query": "limit=5"}),
            Code::InvalidBody,
            "/query",
        ),
    ] {
        let problem = refusal(&fixture, kind, body.clone()).await;
        let paths: Vec<&str> = problem.violations.iter().map(|v| v.path.as_str()).collect();
        assert_eq!(
            (problem.code, paths),
            (code, vec![path]),
            "{body}: {problem}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_job_waits_and_can_be_deleted() {
    use crate::domain::descriptor::ApiVersion;
    use crate::engine::{Address, Caller};
    let fixture = strict();
    fixture.file(
        "a.json",
        "[{\"@type\":\"Category\",\"id\":\"c\",\"name\":\"n\"}]",
    );
    let body = json!({"url": "file:a.json", "status": "Succeeded", "errorLog": "x", "completionDate": "2020-01-01T00:00:00Z"});
    let id = fixture.create("importJob", body).await.unwrap();
    let job = fixture.get("importJob", &id).await.unwrap();
    assert_eq!(job["status"], "Not Started");
    assert_eq!(job["creationDate"], "2026-11-21T12:00:00.000Z");
    assert_eq!(job["contentType"], "application/json");
    assert_eq!(
        (&job["errorLog"], &job["completionDate"]),
        (&Value::Null, &Value::Null)
    );
    let resource = fixture.resource("importJob", ApiVersion::V5);
    let address = Address { id, version: None };
    fixture
        .engine
        .delete(resource, address, Vec::new(), Caller::local())
        .await
        .unwrap();
    assert_eq!(fixture.worker().drain().await.unwrap(), 0);
    assert_eq!(fixture.ids("category").await.len(), 0);
}
