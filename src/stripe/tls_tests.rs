//! The client over real TLS: a server of its own authority, with HTTP/2 and without, trusted and not.

use std::{
    convert::Infallible,
    path::PathBuf,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};

use http_body_util::Full;
use hyper::{Response, Version, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, pki_types::PrivatePkcs8KeyDer},
};

use super::*;
use crate::{stripe::Priority, time::SystemClock};

/// Answers `{}` to everything, and remembers how it was asked.
struct Server {
    url: String,
    ca_file: PathBuf,
    /// `HTTP/2.0 GET /v1/charges/ch_1`
    asked: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicUsize>,
    _folder: tempfile::TempDir,
}

/// A server named `name` that offers these protocols.
async fn serve(name: &str, protocols: &[&str]) -> Server {
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let ca = authority.self_signed(&authority_key).unwrap();
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().unwrap();
    let own = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let private = PrivatePkcs8KeyDer::from(key.serialize_der());
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![own.der().clone()], private.into())
        .unwrap();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    let acceptor = TlsAcceptor::from(Arc::new(config));

    let folder = tempfile::tempdir().unwrap();
    let ca_file = folder.path().join("ca.pem");
    std::fs::write(&ca_file, ca.pem()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let (asked, connections) = (Arc::<Mutex<Vec<_>>>::default(), Arc::<AtomicUsize>::default());
    let (record, count) = (Arc::clone(&asked), Arc::clone(&connections));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, record, count) = (acceptor.clone(), Arc::clone(&record), Arc::clone(&count));
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                count.fetch_add(1, SeqCst);
                let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
                    let line =
                        format!("{:?} {} {}", request.version(), request.method(), request.uri().path());
                    record.lock().unwrap().push(line);
                    async { Ok::<_, Infallible>(Response::new(Full::new(bytes::Bytes::from_static(b"{}")))) }
                });
                let builder = Builder::new(TokioExecutor::new());
                let _ended = builder.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    Server { url, ca_file, asked, connections, _folder: folder }
}

fn client(server: &Server, ca_file: Option<&PathBuf>) -> Result<Client, SetupError> {
    let key = SecretString::from("rk_test_51AbCdEfGhIjKlMnOp4f2a");
    let mut settings = Settings::new(server.url.parse().unwrap(), key);
    settings.per_second = 0;
    settings.ca_file = ca_file.cloned();
    Client::new(settings, Arc::new(SystemClock))
}

fn charge() -> Request {
    Request::get("/v1/charges/{id}", &["ch_1"])
}

#[tokio::test]
async fn one_connection_carries_everything_over_http_2() {
    let server = serve("localhost", &["h2", "http/1.1"]).await;
    let client = client(&server, Some(&server.ca_file)).unwrap();
    client.warm(6).await;
    let charge = charge();
    let all = (0..6).map(|_| client.read(&charge, Priority::Waiting));
    for reply in futures_util::future::join_all(all).await {
        assert_eq!(&*reply.unwrap().body, "{}");
    }
    let asked = server.asked.lock().unwrap().clone();
    let http_2 = format!("{:?}", Version::HTTP_2);
    assert_eq!(asked.len(), 7, "{asked:?}");
    assert!(asked.iter().all(|asked| asked.starts_with(&http_2)), "{asked:?}");
    assert_eq!(server.connections.load(SeqCst), 1);
}

#[tokio::test]
async fn a_server_without_http_2_is_served_as_well() {
    let server = serve("localhost", &["http/1.1"]).await;
    let client = client(&server, Some(&server.ca_file)).unwrap();
    assert_eq!(&*client.read(&charge(), Priority::Waiting).await.unwrap().body, "{}");
    assert_eq!(*server.asked.lock().unwrap(), ["HTTP/1.1 GET /v1/charges/ch_1"]);
}

#[tokio::test]
async fn a_server_that_is_not_trusted_is_told_nothing() {
    let own = serve("localhost", &["h2"]).await;
    let other = serve("localhost", &["h2"]).await;
    let elsewhere = serve("api.example.com", &["h2"]).await;
    for (server, ca_file, words) in [
        (&own, &other.ca_file, "signed by nobody whom this machine trusts"),
        (&elsewhere, &elsewhere.ca_file, "another server's"),
    ] {
        let client = client(server, Some(ca_file)).unwrap();
        let failure = client.read(&charge(), Priority::Waiting).await.unwrap_err();
        assert!(matches!(&failure, Failure::NotSent(NotSent::Certificate(_))), "{failure:?}");
        let said = crate::stripe::plain::explain(&failure);
        assert!(said.what.contains(words) && said.meaning == "nothing was sent", "{said}");
        assert_eq!(client.stats().sent, 1, "asking again would not make it trusted");
        assert!(server.asked.lock().unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_certificate_file_that_is_none_is_named() {
    let server = serve("localhost", &["h2"]).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("company.pem");
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for text in [None, Some("no certificate"), Some(broken)] {
        if let Some(text) = text {
            std::fs::write(&file, text).unwrap();
        }
        let error = client(&server, Some(&file)).unwrap_err();
        assert!(matches!(&error, SetupError::CaFile { path, .. } if *path == file), "{error:?}");
        assert!(error.to_string().contains("company.pem"), "{error}");
    }
}
