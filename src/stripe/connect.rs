//! Connections: how they are kept, whom they trust, and what it means when a server is not trusted.

use std::{error::Error, path::Path};

use rustls::CertificateError;

use super::{
    client::cause,
    settings::{Deadlines, SetupError, seconds},
};
use crate::text::clean;

const USER_AGENT: &str = concat!("paydesk/", env!("CARGO_PKG_VERSION"));
const IDLE_S: u64 = 90;
const PING_S: u64 = 20;

/// The pool of connections.
///
/// Retries inside the library are off. Its default repeats a request by itself when an HTTP/2 server refuses the stream
/// or says goodbye; a repeat must be seen, counted and kept on disk by whoever decides about it. What stays is the
/// pool's own second try when a kept connection turns out to be closed *before one byte of the request was written*.
pub(super) fn pool(
    tls: bool,
    deadlines: Deadlines,
    ca_file: Option<&Path>,
) -> Result<reqwest::Client, SetupError> {
    // Refused when somebody was first, which is as good.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .referer(false)
        .gzip(true)
        .connect_timeout(seconds(deadlines.connect_s))
        .tcp_nodelay(true)
        .tcp_keepalive(seconds(30))
        .pool_idle_timeout(seconds(IDLE_S))
        .http2_keep_alive_interval(seconds(PING_S))
        .http2_keep_alive_timeout(seconds(10))
        .http2_keep_alive_while_idle(true)
        // A hundred charges are 210 kB: several such answers must not wait for window updates.
        .http2_initial_stream_window_size(2 * 1024 * 1024)
        .http2_initial_connection_window_size(8 * 1024 * 1024);
    // A file that is named is read in any case: what is wrong with it is said at once.
    let trusted = ca_file.map(certificates).transpose()?;
    let builder = match trusted {
        // No certificate is asked for on this machine: a system without any can still open the demo.
        _ if !tls => builder.tls_certs_only([]),
        None => builder.https_only(true),
        Some(trusted) => builder.https_only(true).tls_certs_merge(trusted),
    };
    builder.build().map_err(|error| match ca_file {
        Some(path) => SetupError::CaFile { path: path.to_owned(), why: cause(&error) },
        None => SetupError::Tls(cause(&error)),
    })
}

fn certificates(path: &Path) -> Result<Vec<reqwest::Certificate>, SetupError> {
    let wrong = |why: String| SetupError::CaFile { path: path.to_owned(), why };
    let pem = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
    let found = reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| wrong(cause(&error)))?;
    if found.is_empty() {
        return Err(wrong(
            "there is no certificate in it (PEM begins with -----BEGIN CERTIFICATE-----)".into(),
        ));
    }
    Ok(found)
}

/// Why the server's certificate was not accepted, if that is what failed.
pub(super) fn distrust(error: &reqwest::Error) -> Option<String> {
    let mut reason: &(dyn Error + 'static) = error;
    loop {
        match reason.downcast_ref::<rustls::Error>() {
            Some(rustls::Error::InvalidCertificate(why)) => return Some(words(why)),
            Some(_) => return None,
            None => {}
        }
        reason = match reason.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
            // An I/O error does not name what it wraps as its source.
            Some(wrapped) => wrapped,
            None => reason.source()?,
        };
    }
}

fn words(why: &CertificateError) -> String {
    match why {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "it is signed by nobody whom this machine trusts; where a proxy looks into encrypted traffic, name its \
             certificate with the setting ca_file"
                .to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is another server's".to_owned()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "it has expired, or this machine's clock is wrong".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet, or this machine's clock is wrong".to_owned()
        }
        other => clean(&other.to_string()),
    }
}
