//! JSON-RPC, a message a line. What is no message is answered with what would be one, and the next line is read: nothing that comes
//! in ends the conversation but its end.

use std::{collections::HashSet, io, sync::Arc};

use rmcp::{
    ErrorData, RoleServer,
    model::{ClientJsonRpcMessage, ClientNotification, JsonRpcMessage, RequestId, ServerJsonRpcMessage},
    transport::Transport,
};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader},
    sync::{Mutex, watch},
};

/// Bytes of one message.
const LINE_MOST: usize = 1 << 20;

pub(super) struct Lines<R, W> {
    input: BufReader<R>,
    /// What has come of the line that is being read.
    line: Vec<u8>,
    /// The rest of a line that was too long is on its way.
    skips: bool,
    ended: bool,
    /// A request has come: before that there is nothing to be notified of.
    begun: bool,
    output: Arc<Mutex<W>>,
    /// Requests that have no answer yet.
    open: watch::Sender<HashSet<RequestId>>,
}

/// What a line turned out to be.
enum Came {
    Message(Box<ClientJsonRpcMessage>),
    Wrong(ErrorData, Option<RequestId>),
    Nothing,
}

impl<R: AsyncRead + Unpin + Send, W: AsyncWrite + Unpin + Send + 'static> Lines<R, W> {
    pub(super) fn new(input: R, output: W) -> Self {
        Self {
            input: BufReader::new(input),
            line: Vec::new(),
            skips: false,
            ended: false,
            begun: false,
            output: Arc::new(Mutex::new(output)),
            open: watch::Sender::default(),
        }
    }

    /// The next whole line, without its end; none at the end of the input. May be dropped and asked again at any time.
    async fn next(&mut self) -> Option<Came> {
        loop {
            let available = match self.input.fill_buf().await {
                Ok([]) | Err(_) => return None,
                Ok(available) => available,
            };
            let end = available.iter().position(|byte| *byte == b'\n');
            let (piece, used) = match end {
                Some(at) => (available.get(..at).unwrap_or_default(), at.saturating_add(1)),
                None => (available, available.len()),
            };
            let long = self.skips || self.line.len().saturating_add(piece.len()) > LINE_MOST;
            if !long {
                self.line.extend_from_slice(piece);
            }
            self.input.consume(used);
            match (long, end) {
                (false, None) => {}
                (false, Some(_)) => return Some(read(&std::mem::take(&mut self.line))),
                (true, end) => {
                    let told = std::mem::replace(&mut self.skips, end.is_none());
                    self.line = Vec::new();
                    if !told {
                        return Some(too_long());
                    }
                }
            }
        }
    }

    /// Whether it is for the server at all, noted if it wants an answer.
    fn takes(&mut self, message: &ClientJsonRpcMessage) -> bool {
        match message {
            JsonRpcMessage::Request(request) => {
                self.begun = true;
                self.open.send_modify(|open| {
                    let _new = open.insert(request.id.clone());
                });
                true
            }
            JsonRpcMessage::Notification(notification) => {
                // Its answer is not wanted any more, and none will come.
                if let ClientNotification::CancelledNotification(cancelled) = &notification.notification
                    && let Some(id) = &cancelled.params.request_id
                {
                    self.open.send_modify(|open| {
                        let _known = open.remove(id);
                    });
                }
                self.begun
            }
            // Nothing is asked of the client.
            JsonRpcMessage::Response(_) | JsonRpcMessage::Error(_) => false,
        }
    }
}

fn read(line: &[u8]) -> Came {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.iter().all(u8::is_ascii_whitespace) {
        return Came::Nothing;
    }
    let value: Value = match serde_json::from_slice(line) {
        Ok(value) => value,
        Err(error) => {
            let says = format!("this line is not JSON ({error}): send one JSON-RPC message a line");
            return Came::Wrong(ErrorData::parse_error(says, None), None);
        }
    };
    if value.is_array() {
        let says = "batches are not taken: send one JSON-RPC message a line";
        return Came::Wrong(ErrorData::invalid_request(says, None), None);
    }
    let id = value.get("id").and_then(|id| serde_json::from_value(id.clone()).ok());
    if let Ok(message) = serde_json::from_value(value) {
        return Came::Message(Box::new(message));
    }
    let says =
        "this is no JSON-RPC message: send {\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": …, \"params\": {…}}";
    Came::Wrong(ErrorData::invalid_request(says, None), id)
}

fn too_long() -> Came {
    let says = format!("this message is too large: {LINE_MOST} bytes are the most");
    Came::Wrong(ErrorData::invalid_request(says, None), None)
}

async fn write<W: AsyncWrite + Unpin>(output: &Mutex<W>, message: &ServerJsonRpcMessage) -> io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    let mut output = output.lock().await;
    output.write_all(&line).await?;
    output.flush().await
}

impl<R: AsyncRead + Unpin + Send, W: AsyncWrite + Unpin + Send + 'static> Transport<RoleServer>
    for Lines<R, W>
{
    type Error = io::Error;

    fn send(
        &mut self,
        message: ServerJsonRpcMessage,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        let (output, open) = (Arc::clone(&self.output), self.open.clone());
        async move {
            let written = write(&output, &message).await;
            let answered = match &message {
                JsonRpcMessage::Response(response) => Some(&response.id),
                JsonRpcMessage::Error(error) => error.id.as_ref(),
                JsonRpcMessage::Request(_) | JsonRpcMessage::Notification(_) => None,
            };
            if let Some(id) = answered {
                open.send_modify(|open| {
                    let _known = open.remove(id);
                });
            }
            written
        }
    }

    /// At the end of the input it waits until everything is answered. It may be dropped and asked again at any time.
    async fn receive(&mut self) -> Option<ClientJsonRpcMessage> {
        while !self.ended {
            match self.next().await {
                None => self.ended = true,
                Some(Came::Message(message)) if self.takes(&message) => return Some(*message),
                Some(Came::Message(_) | Came::Nothing) => {}
                Some(Came::Wrong(error, id)) => {
                    // Whole or not at all: this future may be dropped in the middle.
                    let (output, message) =
                        (Arc::clone(&self.output), ServerJsonRpcMessage::error(error, id));
                    let told = tokio::spawn(async move { write(&output, &message).await });
                    self.ended = !matches!(told.await, Ok(Ok(())));
                }
            }
        }
        let mut open = self.open.subscribe();
        let _all = open.wait_for(HashSet::is_empty).await;
        None
    }

    async fn close(&mut self) -> io::Result<()> {
        self.output.lock().await.flush().await
    }
}
