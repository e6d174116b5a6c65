//! A bare handler: what HTTP alone costs here, for the load tool to compare the server with.

use std::net::{SocketAddr, TcpListener};

use actix_web::dev::ServerHandle;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{self, Bytes};
use actix_web::{App, HttpResponse, HttpServer};

/// A running bare server.
pub struct Bare {
    pub address: SocketAddr,
    handle: ServerHandle,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
}

/// Answers every request with the JSON text, on a free loopback port. `workers` as in the
/// configuration: 0 is one for each core.
///
/// # Errors
/// When no port can be had.
pub async fn start_bare(json: String, workers: usize) -> std::io::Result<Bare> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let body = Bytes::from(json);
    let mut server = HttpServer::new(move || {
        let body = body.clone();
        App::new().default_service(web::to(move || {
            let body = body.clone();
            async move {
                HttpResponse::Ok()
                    .insert_header((CONTENT_TYPE, "application/json;charset=utf-8"))
                    .body(body)
            }
        }))
    })
    .disable_signals();
    if workers > 0 {
        server = server.workers(workers);
    }
    let server = server.listen(listener)?.run();
    let handle = server.handle();
    Ok(Bare {
        address,
        handle,
        server: tokio::spawn(server),
    })
}

impl Bare {
    /// Takes no new requests.
    pub async fn stop(self) {
        self.handle.stop(false).await;
        let _ = self.server.await;
    }
}
