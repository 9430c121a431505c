//! A secret typed at the terminal. Echo is off before the question stands there, so that nothing typed ahead shows either.

use std::io::{self, Write as _};

use crossterm::{
    event::{self, Event, KeyCode, KeyEventKind, KeyModifiers},
    terminal::{disable_raw_mode, enable_raw_mode},
};

/// The terminal echoes nothing until this is dropped.
#[derive(Debug)]
pub struct Unseen(());

impl Unseen {
    /// Asks on stderr, where no result is.
    pub fn ask(question: &str) -> io::Result<Self> {
        enable_raw_mode()?;
        let unseen = Self(());
        let mut out = io::stderr().lock();
        out.write_all(question.as_bytes())?;
        out.flush()?;
        Ok(unseen)
    }
}

impl Drop for Unseen {
    fn drop(&mut self) {
        // Nobody is left to be told that a terminal that is gone keeps its modes.
        let _given_back = disable_raw_mode();
        let _ended = io::stderr().lock().write_all(b"\n");
    }
}

/// What is typed until Enter; `None` where Esc, Ctrl-C or Ctrl-D gave up. What is longer than `most` characters is cut.
pub fn line(most: usize) -> io::Result<Option<String>> {
    let mut typed = String::new();
    loop {
        let Event::Key(key) = event::read()? else { continue };
        if key.kind == KeyEventKind::Release {
            continue;
        }
        match key.code {
            KeyCode::Enter => return Ok(Some(typed)),
            KeyCode::Esc => return Ok(None),
            KeyCode::Char('c' | 'd') if key.modifiers.contains(KeyModifiers::CONTROL) => return Ok(None),
            KeyCode::Char('j' | 'm') if key.modifiers.contains(KeyModifiers::CONTROL) => {
                return Ok(Some(typed));
            }
            KeyCode::Char('u') if key.modifiers.contains(KeyModifiers::CONTROL) => typed.clear(),
            KeyCode::Char(letter) if typed.chars().count() < most => typed.push(letter),
            KeyCode::Backspace => {
                typed.pop();
            }
            _ => {}
        }
    }
}
