//! A small HTTP listener that stands for a partner's event callback.
//!
//! Each subscription gets a mailbox under a path of its own. Waiting is bounded and driven by
//! arrival: no sleeping and polling.

mod wire;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use wire::Connection;

/// Statuses answered to successive events: each of them means that the event was received.
const ANSWERS: [u16; 4] = [201, 204, 200, 202];

/// One event as it arrived.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Method of the request.
    pub method: String,
    /// Its content type, empty when there was none.
    pub media: String,
    /// The body; `None` when it was not JSON.
    pub event: Option<Value>,
    /// The body as text, for reports.
    pub text: String,
}

impl Delivery {
    /// Whether the event names this id anywhere as a whole value.
    pub fn mentions(&self, id: &str) -> bool {
        self.event.as_ref().is_some_and(|event| mentions(event, id))
    }
}

fn mentions(value: &Value, id: &str) -> bool {
    match value {
        Value::String(text) => text == id,
        Value::Array(items) => items.iter().any(|item| mentions(item, id)),
        Value::Object(map) => map.values().any(|item| mentions(item, id)),
        _ => false,
    }
}

struct Mailbox {
    sender: UnboundedSender<Delivery>,
    received: usize,
}

type Mailboxes = Arc<Mutex<HashMap<String, Mailbox>>>;

/// The listener; it stops when dropped.
pub struct Listener {
    base: String,
    mailboxes: Mailboxes,
    task: JoinHandle<()>,
}

impl Listener {
    /// Starts to listen on a free port. `host` (with or without port) is what the server under
    /// test will call; without it the loopback address is used and nothing else can connect.
    ///
    /// # Errors
    /// A text saying why no port could be opened.
    pub async fn start(host: Option<&str>) -> Result<Self, String> {
        let (name, port) = match host.and_then(|host| host.rsplit_once(':')) {
            Some((name, port)) => {
                let port = port
                    .parse::<u16>()
                    .map_err(|error| format!("callback port {port}: {error}"))?;
                (name, port)
            }
            None => (host.unwrap_or("127.0.0.1"), 0),
        };
        let bind = if name == "127.0.0.1" { name } else { "0.0.0.0" };
        let failed = |error: std::io::Error| format!("callback listener on {bind}:{port}: {error}");
        let socket = TcpListener::bind((bind, port)).await.map_err(failed)?;
        let port = socket.local_addr().map_err(failed)?.port();
        let mailboxes = Mailboxes::default();
        let task = tokio::spawn(accept(socket, Arc::clone(&mailboxes)));
        Ok(Self {
            base: format!("http://{name}:{port}"),
            mailboxes,
            task,
        })
    }

    /// Address of the listener without a path.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Opens a mailbox for one subscription.
    pub fn open(&self, name: &str) -> Inbox {
        let (sender, receiver) = mpsc::unbounded_channel();
        let path = format!("/client/{name}");
        let mut mailboxes = self
            .mailboxes
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        mailboxes.insert(
            path.clone(),
            Mailbox {
                sender,
                received: 0,
            },
        );
        Inbox {
            url: format!("{}{path}", self.base),
            receiver,
            kept: Vec::new(),
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Receiving end of one subscription.
pub struct Inbox {
    /// Callback to register.
    pub url: String,
    receiver: UnboundedReceiver<Delivery>,
    kept: Vec<Delivery>,
}

impl Inbox {
    /// Waits until a delivery satisfies the predicate, at most until the deadline. Deliveries
    /// that do not are kept for later calls and for [`Inbox::all`].
    pub async fn wait(
        &mut self,
        deadline: Instant,
        wanted: impl Fn(&Delivery) -> bool,
    ) -> Option<Delivery> {
        if let Some(found) = self.kept.iter().find(|delivery| wanted(delivery)) {
            return Some(found.clone());
        }
        while let Ok(Some(delivery)) = timeout_at(deadline, self.receiver.recv()).await {
            self.kept.push(delivery.clone());
            if wanted(&delivery) {
                return Some(delivery);
            }
        }
        None
    }

    /// Everything received so far, in order of arrival.
    pub fn all(&mut self) -> &[Delivery] {
        while let Ok(delivery) = self.receiver.try_recv() {
            self.kept.push(delivery);
        }
        &self.kept
    }
}

async fn accept(socket: TcpListener, mailboxes: Mailboxes) {
    while let Ok((stream, _)) = socket.accept().await {
        tokio::spawn(serve(stream, Arc::clone(&mailboxes)));
    }
}

/// Serves one connection until the peer closes it or breaks HTTP.
async fn serve(stream: TcpStream, mailboxes: Mailboxes) {
    let mut connection = Connection::new(stream);
    while let Some(request) = connection.request().await {
        // Anything but POST is a job that fetches or stores a document: give it an empty list.
        let answered = if request.method == "POST" {
            let status = deposit(&request, &mailboxes);
            connection.answer(status, "").await
        } else {
            connection.answer(200, "[]").await
        };
        if answered.is_none() {
            return;
        }
    }
}

fn deposit(request: &wire::Request, mailboxes: &Mailboxes) -> u16 {
    let mut mailboxes = mailboxes.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(mailbox) = mailboxes.get_mut(&request.path) else {
        return 404;
    };
    let turn = mailbox.received % ANSWERS.len();
    let status = ANSWERS.get(turn).copied().unwrap_or(200);
    mailbox.received += 1;
    let text = String::from_utf8_lossy(&request.body).into_owned();
    let delivery = Delivery {
        method: request.method.clone(),
        media: request.media.clone(),
        event: serde_json::from_str(&text).ok(),
        text,
    };
    // A closed inbox means that the subscription's checks are over; the event is still received.
    let _ = mailbox.sender.send(delivery);
    status
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::http::{Call, Client};
    use reqwest::Method;
    use serde_json::json;

    #[tokio::test]
    async fn deliveries_arrive_in_order_and_are_answered_with_any_success() {
        let listener = Listener::start(None).await.unwrap();
        let mut inbox = listener.open("a");
        let client = Client::new(&[], Duration::from_secs(5)).unwrap();
        let mut statuses = Vec::new();
        for number in 0..4 {
            let call = Call::json(Method::POST, &inbox.url, &json!({"eventId": number}));
            statuses.push(client.send(call).await.status().unwrap());
        }
        assert_eq!(statuses, ANSWERS);
        let deadline = Instant::now() + Duration::from_secs(5);
        let last = inbox
            .wait(deadline, |delivery| delivery.text.contains('3'))
            .await
            .unwrap();
        assert_eq!(last.event, Some(json!({"eventId": 3})));
        assert_eq!(inbox.all().len(), 4);
    }

    #[tokio::test]
    async fn waiting_ends_at_the_deadline() {
        let listener = Listener::start(None).await.unwrap();
        let mut inbox = listener.open("a");
        let deadline = Instant::now() + Duration::from_millis(20);
        assert!(inbox.wait(deadline, |_| true).await.is_none());
    }
}
