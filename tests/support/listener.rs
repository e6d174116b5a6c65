//! The callback of a subscriber.

use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::watch;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

/// Keeps what it is sent, in order.
pub struct Listener {
    server: MockServer,
    mailbox: Mailbox,
}

#[derive(Clone)]
struct Mailbox {
    events: Arc<Mutex<Vec<Value>>>,
    count: watch::Sender<usize>,
    status: Arc<AtomicU16>,
}

impl Mailbox {
    fn events(&self) -> Vec<Value> {
        self.events
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Respond for Mailbox {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let status = self.status.load(Ordering::SeqCst);
        if status < 300 {
            let event = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
            self.events
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(event);
            self.count.send_modify(|count| *count += 1);
        }
        ResponseTemplate::new(status)
    }
}

impl Listener {
    pub async fn start() -> Self {
        let server = MockServer::start().await;
        let mailbox = Mailbox {
            events: Arc::default(),
            count: watch::Sender::new(0),
            status: Arc::new(AtomicU16::new(204)),
        };
        Mock::given(method("POST"))
            .respond_with(mailbox.clone())
            .mount(&server)
            .await;
        Listener { server, mailbox }
    }

    /// Where events go; the path tells subscriptions apart in reports only.
    pub fn url(&self) -> String {
        format!("{}/callback", self.server.uri())
    }

    /// From now on this is answered; events that are not answered with success are not kept.
    pub fn answer_with(&self, status: u16) {
        self.mailbox.status.store(status, Ordering::SeqCst);
    }

    /// What came so far.
    pub fn events(&self) -> Vec<Value> {
        self.mailbox.events()
    }

    /// What came so far, which is forgotten.
    pub fn take(&self) -> Vec<Value> {
        std::mem::take(
            &mut *self
                .mailbox
                .events
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    /// Waits until what came satisfies the condition; false after the deadline.
    pub async fn until(&self, deadline: Duration, enough: impl Fn(&[Value]) -> bool) -> bool {
        let mut count = self.mailbox.count.subscribe();
        let waiting = async {
            while !enough(&self.events()) {
                count.changed().await.expect("the mailbox lives");
            }
        };
        tokio::time::timeout(deadline, waiting).await.is_ok()
    }
}
