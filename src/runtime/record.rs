//! A sitting as JSON lines, for whoever has to see it again. It may fail, and the work goes on. It holds what was on screen,
//! so the file is for its owner only.

use std::{
    fs::File,
    io::{self, BufWriter, Write as _},
    path::Path,
};

use serde::Serialize;

use crate::desk::Message;

#[derive(Serialize)]
struct Line<'a> {
    at_ms: i64,
    message: &'a Message,
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

    /// Stops for good at the first failure: a record with a hole would be read wrongly.
    pub fn note(&mut self, at_ms: i64, message: &Message) {
        let Some(out) = &mut self.out else { return };
        let written = serde_json::to_writer(&mut *out, &Line { at_ms, message })
            .map_err(io::Error::from)
            .and_then(|()| out.write_all(b"\n"));
        if written.is_err() {
            self.out = None;
        }
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
    }
}
