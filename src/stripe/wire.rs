//! A server for tests that says exactly what it is told, byte for byte, and remembers what it was asked.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// What happens after one request was read whole.
#[derive(Clone, Debug)]
pub(super) enum Act {
    /// These bytes; the connection stays open.
    Say(Vec<u8>),
    /// These bytes, then the end.
    SayAndClose(Vec<u8>),
    /// These bytes, then nothing more, ever.
    SayAndStall(Vec<u8>),
    /// The connection is reset without an answer.
    Reset,
}

pub(super) struct Server {
    pub(super) url: String,
    asked: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicUsize>,
}

/// An answer with its length: `head` is `200 OK` and further header lines.
pub(super) fn answer(head: &[&str], body: &[u8]) -> Vec<u8> {
    let mut bytes =
        format!("HTTP/1.1 {}\r\nContent-Length: {}\r\n\r\n", head.join("\r\n"), body.len()).into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

pub(super) fn json(status: &str, body: &str) -> Act {
    Act::Say(answer(&[status, "Content-Type: application/json", "Request-Id: req_1"], body.as_bytes()))
}

impl Server {
    /// Plays `script`, one act a request, over however many connections; then answers `{}`.
    pub(super) async fn play(script: impl IntoIterator<Item = Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let script = Arc::new(Mutex::new(script.into_iter().collect::<VecDeque<_>>()));
        let (asked, connections) = (Arc::<Mutex<Vec<_>>>::default(), Arc::<AtomicUsize>::default());
        let (record, count) = (Arc::clone(&asked), Arc::clone(&connections));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, SeqCst);
                tokio::spawn(serve(stream, Arc::clone(&script), Arc::clone(&record)));
            }
        });
        Self { url, asked, connections }
    }

    /// Requests as they came, head and body.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    pub(super) fn connections(&self) -> usize {
        self.connections.load(SeqCst)
    }
}

async fn serve(mut stream: TcpStream, script: Arc<Mutex<VecDeque<Act>>>, asked: Arc<Mutex<Vec<String>>>) {
    while let Some(request) = request(&mut stream).await {
        let head = request.starts_with("HEAD ");
        asked.lock().unwrap().push(request);
        if head {
            stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 99\r\n\r\n").await.unwrap();
            continue;
        }
        let act = script.lock().unwrap().pop_front();
        match act.unwrap_or_else(|| json("200 OK", "{}")) {
            Act::Say(bytes) => stream.write_all(&bytes).await.unwrap(),
            Act::SayAndClose(bytes) => {
                // The other side may hang up before the end of what it does not want.
                let _cut = stream.write_all(&bytes).await;
                return;
            }
            Act::SayAndStall(bytes) => {
                stream.write_all(&bytes).await.unwrap();
                std::future::pending::<()>().await;
            }
            Act::Reset => {
                stream.set_zero_linger().unwrap();
                return;
            }
        }
    }
}

async fn request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Some(text);
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
