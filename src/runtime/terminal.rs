//! The terminal as a guard: what it takes it gives back, at the end, after an error, after a panic, and while suspended.

use std::{
    fmt,
    io::{self, IsTerminal as _, Write as _},
    sync::atomic::{AtomicBool, Ordering},
    thread::ThreadId,
};

use crossterm::{
    cursor::Show,
    event::{
        DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
        KeyboardEnhancementFlags, PopKeyboardEnhancementFlags, PushKeyboardEnhancementFlags,
    },
    execute, queue,
    terminal::{
        BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen,
        LeaveAlternateScreen, SetTitle, disable_raw_mode, enable_raw_mode,
    },
};
use ratatui::Frame;

use super::{clipboard::Around, screen::Screen};

/// Whether the screen is ours: it is given back once, by whoever comes first.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Why no desk can be drawn here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoTerminal {
    #[error(
        "the desk needs a terminal, and here is none; without one there are `paydesk find`, `customer`, `run`, `audit` and others: see `paydesk --help`"
    )]
    None,
    #[error(
        "this terminal (TERM=dumb) cannot be drawn on; `paydesk run`, `find`, `customer`, `audit` and others work here: see `paydesk --help`"
    )]
    Dumb,
}

/// Whether a desk can be drawn: both ends are a terminal, and a capable one. `term` is `$TERM`.
pub fn capable(term: Option<&str>) -> Result<(), NoTerminal> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Err(NoTerminal::None);
    }
    if term == Some("dumb") { Err(NoTerminal::Dumb) } else { Ok(()) }
}

/// The screen while the desk is open.
pub struct Terminal {
    screen: ratatui::Terminal<Screen>,
    title: String,
    around: Around,
    /// What was drawn last is not what is shown.
    forgotten: bool,
}

impl Terminal {
    /// Takes the screen, and sets the panic hook that gives it back when the drawing thread (the caller's) panics. A
    /// task's panic leaves the screen alone: it is reported as a message.
    pub fn enter(title: &str, around: Around) -> io::Result<Self> {
        let drawing = std::thread::current().id();
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if is(drawing) {
                leave();
                before(panic);
            }
        }));
        take(title)?;
        match ratatui::Terminal::new(Screen::new(&TAKEN)) {
            Ok(screen) => Ok(Self { screen, title: title.to_owned(), around, forgotten: false }),
            Err(error) => {
                leave();
                Err(error)
            }
        }
    }

    /// Columns and rows.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        self.screen.size().map(|size| (size.width, size.height))
    }

    /// One frame, shown at once where the terminal can hold it back until it is whole.
    pub fn draw(&mut self, view: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        queue!(self.screen.backend_mut().bytes(), BeginSynchronizedUpdate)?;
        let cleared = if std::mem::take(&mut self.forgotten) { self.screen.clear() } else { Ok(()) };
        let drawn = cleared.and_then(|()| self.screen.draw(view).map(|_| ()));
        execute!(self.screen.backend_mut().bytes(), EndSynchronizedUpdate)?;
        drawn
    }

    /// What the terminal shows may not be what was drawn: the next frame is drawn whole.
    pub fn forget(&mut self) {
        self.forgotten = true;
    }

    /// What stands between the desk and the clipboard.
    pub fn around(&self) -> Around {
        self.around
    }

    /// To the terminal's clipboard, by the escape sequence that also works over SSH; and how it went there.
    pub fn copy(&mut self, text: &str) -> Result<&'static str, String> {
        let (sequence, way) = self.around.sequence(text)?;
        let bytes = self.screen.backend_mut().bytes();
        let written = bytes.write_all(sequence.as_bytes()).and_then(|()| bytes.flush());
        written.map(|()| way).map_err(|error| error.to_string())
    }

    /// Gives the screen back, stops the program as Ctrl-Z does, and takes it again when it goes on.
    #[cfg(unix)]
    pub fn suspend(&mut self) -> io::Result<()> {
        leave();
        signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)?;
        self.resume()
    }

    #[cfg(not(unix))]
    pub fn suspend(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// After the program was stopped and goes on: everything is set and drawn anew.
    pub fn resume(&mut self) -> io::Result<()> {
        leave();
        take(&self.title)?;
        self.screen.clear()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        leave();
    }
}

impl fmt::Debug for Terminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Terminal").field("title", &self.title).finish_non_exhaustive()
    }
}

fn is(thread: ThreadId) -> bool {
    std::thread::current().id() == thread
}

fn take(title: &str) -> io::Result<()> {
    TAKEN.store(true, Ordering::SeqCst);
    let taken = enable_raw_mode().and_then(|()| {
        let mut out = io::stdout();
        // The title is kept on the terminal's own stack.
        out.write_all(b"\x1b[22;2t")?;
        execute!(
            out,
            SetTitle(crate::text::clean(title)),
            EnterAlternateScreen,
            // A terminal without an alternate screen still shows what was printed before, and a frame draws no blanks.
            Clear(ClearType::All),
            EnableBracketedPaste,
            EnableMouseCapture
        )?;
        // Where it is understood, a held key can be told from a pressed one. Elsewhere it is passed over.
        let flags = KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES
            | KeyboardEnhancementFlags::REPORT_EVENT_TYPES;
        let _unsupported = execute!(out, PushKeyboardEnhancementFlags(flags));
        Ok(())
    });
    if taken.is_err() {
        leave();
    }
    taken
}

/// Gives everything back. Each step is tried whatever became of the one before; there is nobody left to tell.
fn leave() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = io::stdout();
    let _ended = execute!(out, EndSynchronizedUpdate);
    let _popped = execute!(out, PopKeyboardEnhancementFlags);
    let _mouse = execute!(out, DisableMouseCapture);
    let _paste = execute!(out, DisableBracketedPaste);
    let _screen = execute!(out, LeaveAlternateScreen, Show);
    let _title = out.write_all(b"\x1b[23;2t").and_then(|()| out.flush());
    let _raw = disable_raw_mode();
}
