//! The address to listen on: free, or whose it is.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use super::finding::{Check, Finding};
use crate::cli::config::Config;

const PORT: Check = Check("listen");
/// Who does not answer by then does not speak HTTP.
const PATIENCE: Duration = Duration::from_secs(2);

/// Tries to listen, and lets go at once.
pub fn examine(config: &Config) -> Option<Finding> {
    let address = config.listen_address()?;
    let error = match TcpListener::bind(address) {
        Ok(_) => return Some(PORT.ok(format!("{address} is free"))),
        Err(error) => error,
    };
    Some(match error.kind() {
        ErrorKind::AddrInUse if is_tollgate(address) => {
            PORT.ok(format!("a Tollgate server answers at {address}"))
        }
        ErrorKind::AddrInUse => {
            let owner = owner(address.port());
            let owner = owner.unwrap_or_else(|| "another program".to_owned());
            PORT.fail(
                format!("{address} is in use by {owner}"),
                "stop it, or choose another port with --listen",
            )
        }
        ErrorKind::AddrNotAvailable => PORT.fail(
            format!("this machine does not have the address {}", address.ip()),
            "listen on 127.0.0.1, on an address of this machine, or on 0.0.0.0",
        ),
        ErrorKind::PermissionDenied => PORT.fail(
            format!("this user may not listen on {address}"),
            "choose a port from 1024 on",
        ),
        _ => PORT.fail(
            format!("{address}: {error}"),
            "choose another address with --listen",
        ),
    })
}

/// Whether what listens there is a server of ours: its counters have our names.
fn is_tollgate(address: SocketAddr) -> bool {
    let address = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => (Ipv4Addr::LOCALHOST, address.port()).into(),
        IpAddr::V6(ip) if ip.is_unspecified() => (Ipv6Addr::LOCALHOST, address.port()).into(),
        _ => address,
    };
    answer(address).is_ok_and(|text| text.contains("{\"status\":\"live\"}"))
}

fn answer(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let request =
        format!("GET /health/live HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut text = String::new();
    stream.take(8192).read_to_string(&mut text)?;
    Ok(text)
}

/// Name and id of the process that listens on a port, where the system tells (Linux, and only of
/// processes that this user may look at).
fn owner(port: u16) -> Option<String> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"];
    let tables: Vec<String> = tables.iter().flat_map(fs::read_to_string).collect();
    let inode = tables.iter().find_map(|table| inode(table, port))?;
    let wanted = format!("socket:[{inode}]");
    for process in fs::read_dir("/proc").ok()?.flatten() {
        let id = process.file_name().to_string_lossy().into_owned();
        // There are names beside the numbers, `self` among them.
        if id.parse::<u32>().is_err() {
            continue;
        }
        let Ok(files) = fs::read_dir(process.path().join("fd")) else {
            continue;
        };
        let mut links = files
            .flatten()
            .filter_map(|file| fs::read_link(file.path()).ok());
        if links.any(|link| link.to_string_lossy() == wanted) {
            let name = fs::read_to_string(process.path().join("comm")).ok()?;
            return Some(format!("{} (process {id})", name.trim()));
        }
    }
    None
}

/// The socket that listens (state 0A) on a port, from the table of the kernel.
fn inode(table: &str, port: u16) -> Option<&str> {
    let suffix = format!(":{port:04X}");
    table.lines().skip(1).find_map(|line| {
        let mut columns = line.split_whitespace();
        let local = columns.nth(1)?;
        let state = columns.nth(1)?;
        let inode = columns.nth(5)?;
        (local.ends_with(&suffix) && state == "0A").then_some(inode)
    })
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::super::finding::Level;
    use super::{examine, inode, owner};
    use crate::cli::config::{Inputs, resolve};

    #[test]
    fn a_port_in_use_is_told_with_its_owner() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        // Who connects is turned away at once, like a program that does not speak HTTP.
        let accept = std::thread::spawn(move || {
            let stream = listener.accept();
            drop(stream);
            listener
        });
        let mut config = resolve(Inputs::default()).expect("the defaults").config;
        config.listen = address.to_string();
        let finding = examine(&config).expect("looked at");
        assert_eq!(finding.level, Level::Fail, "{}", finding.message);
        if cfg!(target_os = "linux") {
            let own = format!("(process {})", std::process::id());
            assert!(finding.message.contains(&own), "{}", finding.message);
            assert!(owner(address.port()).is_some());
        }
        drop(accept.join().expect("accepted"));
        assert_eq!(examine(&config).expect("looked at").level, Level::Ok);
    }

    #[test]
    fn the_table_of_the_kernel() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
             0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1 x\n\
             1: 0100007F:1F91 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 4343 1 x\n";
        assert_eq!(inode(table, 8080), Some("4242"));
        assert_eq!(inode(table, 8081), None);
    }
}
