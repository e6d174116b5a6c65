//! Where requests go: addresses of this machine, nothing else.

use std::net::{SocketAddr, ToSocketAddrs};

use url::{Host, Url};

use super::super::Failure;
use super::args::Server;
use crate::api::generated::APIS;
use crate::domain::descriptor::ApiVersion;

/// The API that is measured.
const API: &str = "TMF620";

/// A server and the base path of the API on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub address: SocketAddr,
    /// For the header `Host`.
    pub host: String,
    pub version: ApiVersion,
    /// Path of the API, without a slash at its end.
    pub base: String,
}

impl Target {
    /// Reads the flags.
    ///
    /// # Errors
    /// For a URL that is not plain http to a loopback address.
    pub fn of(server: &Server) -> Result<Self, Failure> {
        Target::of_api(server, API)
    }

    /// The same for another API.
    ///
    /// # Errors
    /// As [`Target::of`]; for an API that is not served in that version.
    pub fn of_api(server: &Server, name: &str) -> Result<Self, Failure> {
        let version = server.api_version.into();
        let (address, host, prefix) = loopback(&server.url)?;
        let api = APIS
            .iter()
            .find(|api| api.id == name && api.version == version);
        let base = api
            .and_then(|api| api.base_paths.first())
            .ok_or_else(|| Failure::new(format!("{name} {version} is not served")))?;
        Ok(Target {
            address,
            host,
            version,
            base: format!("{prefix}{base}"),
        })
    }

    /// The path of a collection.
    pub fn collection(&self, name: &str) -> String {
        format!("{}/{name}", self.base)
    }
}

/// Address, `Host` header and path prefix of a URL.
fn loopback(text: &str) -> Result<(SocketAddr, String, String), Failure> {
    let refuse = |why: &str| Failure::new(format!("--url {text}: {why}"));
    let url = Url::parse(text).map_err(|error| refuse(&error.to_string()))?;
    if url.scheme() != "http" {
        return Err(refuse("only http can be measured"));
    }
    let port = url.port_or_known_default().unwrap_or(80);
    let addresses: Vec<SocketAddr> = match url.host() {
        Some(Host::Ipv4(ip)) => vec![SocketAddr::from((ip, port))],
        Some(Host::Ipv6(ip)) => vec![SocketAddr::from((ip, port))],
        Some(Host::Domain("localhost")) => ("localhost", port).to_socket_addrs()?.collect(),
        _ => Vec::new(),
    };
    let is_own = |address: &SocketAddr| address.ip().to_canonical().is_loopback();
    if addresses.is_empty() || !addresses.iter().all(is_own) {
        return Err(refuse(
            "load goes to loopback addresses only: 127.0.0.1, [::1] or localhost",
        ));
    }
    // A name may stand for an address of each family, and a server may have only one of them.
    let answering = addresses
        .iter()
        .find(|address| std::net::TcpStream::connect(*address).is_ok());
    let address = *answering.ok_or_else(|| refuse("nothing answers there"))?;
    let host = format!("{}:{port}", url.host_str().unwrap_or("localhost"));
    Ok((address, host, url.path().trim_end_matches('/').to_owned()))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::loopback;

    #[test]
    fn other_machines_are_refused_before_anything_is_sent() {
        for url in [
            "http://192.0.2.1:8080",
            "http://example.com",
            "http://localhost.example.com",
            "http://0.0.0.0:8080",
            "https://127.0.0.1:8080",
            "file:///x",
            "127.0.0.1:8080",
        ] {
            let refused = loopback(url).expect_err(url).to_string();
            assert!(refused.contains(url), "{refused}");
        }
    }

    #[test]
    fn own_addresses_are_taken() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let url = format!("http://{address}/gateway/");
        let (found, host, prefix) = loopback(&url).expect("own address");
        assert_eq!(found, address);
        assert_eq!(host, address.to_string());
        assert_eq!(prefix, "/gateway");
        drop(listener);
        let gone = loopback(&url).expect_err("nobody listens").to_string();
        assert!(gone.contains("nothing answers"), "{gone}");
    }
}
