//! The backend that ratatui draws on: crossterm's, with a frame's bytes kept until they are whole, and without the question
//! where the cursor is, whose answer would have to come through the reader of keys.

use std::{
    io,
    sync::atomic::{AtomicBool, Ordering},
};

use crossterm::{queue, terminal::Clear};
use ratatui::{
    backend::{Backend, ClearType, CrosstermBackend, WindowSize},
    buffer::Cell,
    layout::{Position, Size},
};

/// A frame's bytes. What is left of one when the screen was given back goes nowhere.
#[derive(Debug)]
pub(super) struct Held {
    bytes: Vec<u8>,
    taken: &'static AtomicBool,
}

impl io::Write for Held {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let bytes = std::mem::take(&mut self.bytes);
        if !self.taken.load(Ordering::SeqCst) {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        io::Write::write_all(&mut out, &bytes)?;
        io::Write::flush(&mut out)
    }
}

#[derive(Debug)]
pub(super) struct Screen(CrosstermBackend<Held>);

impl Screen {
    /// Writes only while `taken` says so.
    pub(super) fn new(taken: &'static AtomicBool) -> Self {
        Self(CrosstermBackend::new(Held { bytes: Vec::new(), taken }))
    }

    /// For escape sequences that are not a part of a frame.
    pub(super) fn bytes(&mut self) -> &mut impl io::Write {
        &mut self.0
    }
}

impl Backend for Screen {
    type Error = io::Error;

    fn draw<'a, I: Iterator<Item = (u16, u16, &'a Cell)>>(&mut self, content: I) -> io::Result<()> {
        self.0.draw(content)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.0.hide_cursor()
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.0.show_cursor()
    }

    /// Only asked in order to put it back, and every frame sets its own.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(Position::ORIGIN)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.0.set_cursor_position(position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    /// With the frame that follows: a screen that is empty for a moment would be seen.
    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        use crossterm::terminal::ClearType as Term;
        let region = match clear_type {
            ClearType::All => Term::All,
            ClearType::AfterCursor => Term::FromCursorDown,
            ClearType::BeforeCursor => Term::FromCursorUp,
            ClearType::CurrentLine => Term::CurrentLine,
            ClearType::UntilNewLine => Term::UntilNewLine,
        };
        queue!(self.0, Clear(region))
    }

    fn size(&self) -> io::Result<Size> {
        self.0.size()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.0.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        Backend::flush(&mut self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn nothing_is_written_once_the_screen_was_given_back_and_the_cursor_is_not_asked_for() {
        static TAKEN: AtomicBool = AtomicBool::new(false);
        let mut screen = Screen::new(&TAKEN);
        screen.bytes().write_all(b"left over").unwrap();
        Backend::flush(&mut screen).unwrap();
        assert_eq!(screen.get_cursor_position().unwrap(), Position::ORIGIN);
    }
}
