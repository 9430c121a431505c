//! What is on a desk's screen, and what it asked of Stripe.

use paydesk::{
    desk::{Message, State},
    ui::{
        self,
        theme::{Depth, Ground, Theme},
    },
};
use ratatui::{Terminal, backend::TestBackend, buffer::Buffer, style::Color};

use super::Desk;

impl Desk {
    pub(crate) fn resize(&mut self, width: u16, height: u16) -> &mut Self {
        self.send(Message::Resize { width, height })
    }

    pub(crate) fn buffer(&self, theme: &Theme) -> Buffer {
        drawn(&self.state, theme)
    }

    /// The screen as text, with what differs from run to run made the same.
    pub(crate) fn screen(&self) -> String {
        screen(&self.state)
    }

    /// Ends the record, which is whole then.
    pub(crate) fn record_ends(&mut self) {
        self.recorder = None;
    }

    /// Fails with the screen when `text` is not on it.
    #[track_caller]
    pub(crate) fn sees(&mut self, text: &str) -> &mut Self {
        let screen = self.screen();
        assert!(screen.contains(text), "`{text}` is not on the screen:\n{screen}");
        self
    }

    #[track_caller]
    pub(crate) fn sees_not(&mut self, text: &str) -> &mut Self {
        let screen = self.screen();
        assert!(!screen.contains(text), "`{text}` is on the screen:\n{screen}");
        self
    }

    /// `METHOD /path` of every change that the sandbox was asked for.
    pub(crate) fn changes_asked(&self) -> Vec<String> {
        self.sandbox
            .requests()
            .iter()
            .filter(|seen| !matches!(&*seen.method, "GET" | "HEAD") && !seen.path.ends_with("create_preview"))
            .map(|seen| format!("{} {}", seen.method, seen.path))
            .collect()
    }

    pub(crate) fn requests(&self, part: &str) -> usize {
        self.sandbox
            .requests()
            .iter()
            .filter(|seen| format!("{} {}", seen.method, seen.path).contains(part))
            .count()
    }
}

fn drawn(state: &State, theme: &Theme) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(state.width, state.height)).unwrap();
    terminal.draw(|frame| ui::view(state, theme, frame)).unwrap();
    terminal.backend().buffer().clone()
}

/// A desk's screen as text, with what differs from run to run made the same.
pub(crate) fn screen(state: &State) -> String {
    let buffer = drawn(state, &Theme::new(Depth::True, Ground::Dark));
    let area = *buffer.area();
    let mut lines = Vec::new();
    for y in 0..area.height {
        let mut line = String::new();
        let mut skip = 0;
        for x in 0..area.width {
            if skip > 0 {
                skip -= 1;
                continue;
            }
            let symbol = buffer[(x, y)].symbol();
            skip = paydesk::text::width(symbol).saturating_sub(1);
            line.push_str(symbol);
        }
        lines.push(steady(line.trim_end()));
    }
    lines.join("\n")
}

/// Random names are replaced by as many `x`: ids of intents and requests.
fn steady(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = ["int_", "req_", "pdk_"].iter().filter_map(|prefix| rest.find(prefix)).min() {
        let (before, name) = rest.split_at(at + 4);
        out.push_str(before);
        let end = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
        out.extend(std::iter::repeat_n('x', end));
        rest = &name[end..];
    }
    out + rest
}

/// Where a style stands, as text of the same shape: one letter a cell.
pub(crate) fn letters(buffer: &Buffer, letter: impl Fn(Color, Color) -> char) -> String {
    let area = *buffer.area();
    (0..area.height)
        .map(|y| (0..area.width).map(|x| letter(buffer[(x, y)].fg, buffer[(x, y)].bg)).collect::<String>())
        .collect::<Vec<_>>()
        .join("\n")
}
