//! A sitting as JSON, for whoever has to see it again: the desk as it began, then each message with its time, one after the
//! other. What Stripe answered stands in it as it came, line breaks and all. Since `update` is pure, the same messages lead
//! to the same state and the same screen. Writing may fail, and the work goes on. The file holds what was on screen, so it is
//! for its owner only.

use std::{
    borrow::Cow,
    fs::File,
    io::{self, BufWriter, Write as _},
    path::Path,
};

use serde::{Deserialize, Serialize};

use crate::{
    desk::{self, Message, State, changed},
    ledger::Ending,
};

#[derive(Serialize)]
struct First<'a> {
    at_ms: i64,
    state: &'a State,
}

#[derive(Serialize)]
struct Line<'a> {
    at_ms: i64,
    message: &'a Message,
}

/// Either of them.
#[derive(Deserialize)]
struct Read {
    at_ms: i64,
    state: Option<Box<State>>,
    message: Option<Message>,
}

#[derive(Debug)]
pub struct Recorder {
    out: Option<BufWriter<File>>,
}

impl Recorder {
    pub fn create(path: &Path) -> io::Result<Self> {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Self { out: Some(BufWriter::new(options.open(path)?)) })
    }

    /// What the desk is before the first message.
    pub fn begin(&mut self, at_ms: i64, state: &State) {
        self.write(&First { at_ms, state });
    }

    pub fn note(&mut self, at_ms: i64, message: &Message) {
        self.write(&Line { at_ms, message: &without_link(message) });
    }

    /// Stops for good at the first failure: a record with a hole would be read wrongly.
    fn write(&mut self, line: &impl Serialize) {
        let Some(out) = &mut self.out else { return };
        let written = serde_json::to_writer(&mut *out, line)
            .map_err(io::Error::from)
            .and_then(|()| out.write_all(b"\n"));
        if written.is_err() {
            self.out = None;
        }
    }
}

/// A sitting that was recorded.
pub struct Sitting {
    first: Box<State>,
    messages: Vec<(i64, Message)>,
}

impl std::fmt::Debug for Sitting {
    /// Without what was typed and shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sitting").field("messages", &self.messages.len()).finish_non_exhaustive()
    }
}

impl Sitting {
    /// Reads a whole record. The end of the last part may be missing: then it was not written to the end.
    pub fn read(path: &Path) -> io::Result<Self> {
        let text = std::fs::read_to_string(path)?;
        let (mut first, mut messages) = (None, Vec::new());
        for part in serde_json::Deserializer::from_str(&text).into_iter::<Read>() {
            let read = match part {
                Err(error) if error.is_eof() => break,
                part => part?,
            };
            first = read.state.or(first);
            messages.extend(read.message.map(|message| (read.at_ms, message)));
        }
        let first = first.ok_or_else(|| io::Error::other("the record does not say how the desk began"))?;
        Ok(Self { first, messages })
    }

    /// The messages, each with its time in milliseconds.
    pub fn messages(&self) -> &[(i64, Message)] {
        &self.messages
    }

    /// The desk after the first `count` messages. What the desk wants done is done by nobody: the answers are in the record.
    pub fn after(&self, count: usize) -> State {
        let mut state = State::clone(&self.first);
        for (at_ms, message) in self.messages.iter().take(count) {
            drop(desk::update(&mut state, *at_ms, message.clone()));
        }
        state
    }
}

/// A link that lets in whoever has it is not written down.
fn without_link(message: &Message) -> Cow<'_, Message> {
    match message {
        Message::Ended { task, ending } if changed::is_link(&ending.intent) => {
            let result = ending.result.as_deref().map(changed::without_url);
            let ending = Box::new(Ending { result, ..(**ending).clone() });
            Cow::Owned(Message::Ended { task: *task, ending })
        }
        _ => Cow::Borrowed(message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_message_with_its_time() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("sitting.jsonl");
        let mut recorder = Recorder::create(&path).unwrap();
        recorder.note(5, &Message::Wake);
        drop(recorder);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "{\"at_ms\":5,\"message\":\"Wake\"}\n");
        assert!(Recorder::create(&path).is_err(), "a record is never overwritten");
        assert!(Sitting::read(&path).unwrap_err().to_string().contains("how the desk began"));
    }
}
