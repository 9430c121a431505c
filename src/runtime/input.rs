//! What the terminal sends, as messages of the desk: keys, pastes, clicks, sizes. Everything else is dropped here, so that
//! it redraws nothing.

use crossterm::event::{
    Event as Term, EventStream, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent,
    MouseEventKind,
};
use futures_util::StreamExt as _;
use tokio::sync::mpsc::Sender;

use super::Event;
use crate::{
    desk::{
        Key, Message,
        key::Code,
        message::{Mouse, MouseKind},
    },
    time::Clock,
};

/// More is cut off: no field takes it, and a screen of it helps nobody.
const PASTE_CHARS_MOST: usize = 100_000;
/// Two Enters closer than this come from a held key: terminals without key event types do not say so themselves.
const HELD_MS: i64 = 40;

/// Reads until the terminal is gone or nobody listens.
pub async fn forward(events: Sender<Event>, clock: std::sync::Arc<dyn Clock>) {
    let mut stream = EventStream::new();
    let mut reader = Reader::default();
    while let Some(Ok(event)) = stream.next().await {
        let Some(event) = reader.read(event, clock.now_ms()) else { continue };
        if events.send(event).await.is_err() {
            return;
        }
    }
    // Nobody listens any more when this fails, which is what it would say.
    let _heard = events.send(Event::Hangup).await;
}

/// Remembers the last Enter.
#[derive(Debug, Default)]
struct Reader {
    enter_ms: Option<i64>,
}

impl Reader {
    fn read(&mut self, event: Term, now_ms: i64) -> Option<Event> {
        let message = match event {
            Term::Key(event) => {
                let mut key = key(event)?;
                if key.is(Key::ctrl('z')) {
                    return Some(Event::Suspend);
                }
                if key.code == Code::Enter {
                    let held = self.enter_ms.replace(now_ms).is_some_and(|last| now_ms - last < HELD_MS);
                    key.repeat |= held;
                }
                Message::Key(key)
            }
            Term::Paste(text) => Message::Paste(text.chars().take(PASTE_CHARS_MOST).collect()),
            Term::Mouse(event) => Message::Mouse(mouse(event)?),
            Term::Resize(width, height) => Message::Resize { width, height },
            Term::FocusGained | Term::FocusLost => return None,
        };
        Some(Event::Desk(message))
    }
}

fn key(event: KeyEvent) -> Option<Key> {
    if event.kind == KeyEventKind::Release {
        return None;
    }
    let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
    let shift = event.modifiers.contains(KeyModifiers::SHIFT);
    let code = match event.code {
        KeyCode::Char(c) if ctrl => Code::Char(c.to_ascii_lowercase()),
        KeyCode::Char(c) if shift => Code::Char(one_upper(c)),
        KeyCode::Char(c) => Code::Char(c),
        KeyCode::Enter => Code::Enter,
        KeyCode::Esc => Code::Esc,
        KeyCode::BackTab => Code::BackTab,
        KeyCode::Tab if shift => Code::BackTab,
        KeyCode::Tab => Code::Tab,
        KeyCode::Backspace => Code::Backspace,
        KeyCode::Delete => Code::Delete,
        KeyCode::Up => Code::Up,
        KeyCode::Down => Code::Down,
        KeyCode::Left => Code::Left,
        KeyCode::Right => Code::Right,
        KeyCode::Home => Code::Home,
        KeyCode::End => Code::End,
        KeyCode::PageUp => Code::PageUp,
        KeyCode::PageDown => Code::PageDown,
        KeyCode::F(number) => Code::F(number),
        _ => return None,
    };
    let alt = event.modifiers.contains(KeyModifiers::ALT);
    Some(Key { code, ctrl, alt, repeat: event.kind == KeyEventKind::Repeat })
}

/// Shift is part of the character. One that has no single capital stays as it is.
fn one_upper(c: char) -> char {
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(only), None) => only,
        _ => c,
    }
}

fn mouse(event: MouseEvent) -> Option<Mouse> {
    let kind = match event.kind {
        MouseEventKind::Down(MouseButton::Left) => MouseKind::Click,
        MouseEventKind::ScrollUp => MouseKind::WheelUp,
        MouseEventKind::ScrollDown => MouseKind::WheelDown,
        _ => return None,
    };
    Some(Mouse { kind, column: event.column, row: event.row })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pressed(code: KeyCode, modifiers: KeyModifiers) -> Option<String> {
        key(KeyEvent::new(code, modifiers)).map(|key| key.to_string())
    }

    fn read(reader: &mut Reader, event: KeyEvent, now_ms: i64) -> Option<Key> {
        match reader.read(Term::Key(event), now_ms)? {
            Event::Desk(Message::Key(key)) => Some(key),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn keys_are_told_as_the_tables_write_them() {
        let none = KeyModifiers::NONE;
        assert_eq!(pressed(KeyCode::Char('r'), none).unwrap(), "r");
        assert_eq!(pressed(KeyCode::Char('D'), KeyModifiers::SHIFT).unwrap(), "D");
        assert_eq!(pressed(KeyCode::Char('d'), KeyModifiers::SHIFT).unwrap(), "D");
        assert_eq!(
            pressed(KeyCode::Char('R'), KeyModifiers::CONTROL | KeyModifiers::SHIFT).unwrap(),
            "Ctrl-r"
        );
        assert_eq!(pressed(KeyCode::Tab, KeyModifiers::SHIFT).unwrap(), "⇧Tab");
        assert_eq!(pressed(KeyCode::CapsLock, none), None);
    }

    #[test]
    fn releases_are_dropped_and_repeats_marked() {
        let mut event = KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE);
        event.kind = KeyEventKind::Repeat;
        assert!(key(event).unwrap().repeat);
        event.kind = KeyEventKind::Release;
        assert_eq!(key(event), None);
    }

    #[test]
    fn enters_faster_than_fingers_are_repeats() {
        let mut reader = Reader::default();
        let enter = KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE);
        assert!(!read(&mut reader, enter, 1_000).unwrap().repeat);
        assert!(read(&mut reader, enter, 1_033).unwrap().repeat);
        assert!(!read(&mut reader, enter, 1_200).unwrap().repeat);
        let other = KeyEvent::new(KeyCode::Char('j'), KeyModifiers::NONE);
        assert!(!read(&mut reader, other, 1_201).unwrap().repeat);
    }

    #[test]
    fn a_paste_is_bounded_and_ctrl_z_is_no_key_of_the_desk() {
        let mut reader = Reader::default();
        match reader.read(Term::Paste("x".repeat(1_000_000)), 0) {
            Some(Event::Desk(Message::Paste(text))) => assert_eq!(text.len(), PASTE_CHARS_MOST),
            other => panic!("{other:?}"),
        }
        let stop = KeyEvent::new(KeyCode::Char('z'), KeyModifiers::CONTROL);
        assert!(matches!(reader.read(Term::Key(stop), 0), Some(Event::Suspend)));
        assert!(reader.read(Term::FocusGained, 0).is_none());
    }

    #[test]
    fn only_clicks_and_the_wheel_are_heard() {
        let event = |kind| MouseEvent { kind, column: 3, row: 4, modifiers: KeyModifiers::NONE };
        assert_eq!(
            mouse(event(MouseEventKind::Down(MouseButton::Left))),
            Some(Mouse { kind: MouseKind::Click, column: 3, row: 4 })
        );
        assert_eq!(mouse(event(MouseEventKind::Moved)), None);
    }
}
