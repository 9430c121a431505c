//! Settings and policy in force: each value, where it came from, and who makes sure that a rule holds.

use serde::{Deserialize, Serialize};

use super::{
    After, Overlay,
    list::{self, List, Move},
};
use crate::{
    desk::{
        binding::{Binding, Now, bind},
        message::Commands,
        sheet::{Item, Line, Sheet, Tone},
        state::{Mode, State},
    },
    policy::{self, Enforced},
    text::clean,
};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Settings {
    list: List,
}

fn pair(label: &str, value: Line) -> Item {
    Item::Pair { label: label.to_owned(), value }
}

/// Who, where, and whether anything may be changed at all.
fn session(state: &State) -> Vec<Item> {
    let mode = match state.session.mode {
        Mode::Demo => "demo: the embedded Stripe",
        Mode::Sandbox => "sandbox: test data",
        Mode::Live => "LIVE: real money",
    };
    let account = state.session.account.as_ref();
    let account = account
        .map_or_else(|| "not read yet".to_owned(), |account| format!("{} · {}", account.name(), account.id));
    let zone = state.zone().iana_name().unwrap_or("UTC");
    let tone = if state.live() { Tone::Live } else { Tone::Sandbox };
    let mut items = vec![
        pair("Mode", Line::toned(mode, tone)),
        pair("Account", Line::plain(account)),
        pair("Agent", Line::plain(clean(&state.session.agent))),
        pair("Profile", Line::plain(clean(&state.session.profile))),
        pair("Zone", Line::plain(zone)),
    ];
    if let Some(why) = &state.session.read_only {
        items.push(pair("READ-ONLY", Line::toned(clean(why), Tone::Bad)));
    }
    items
}

fn items(state: &State) -> Vec<Item> {
    let mut items = session(state);
    if !state.session.settings.is_empty() {
        items.push(Item::Divider("settings".into()));
    }
    items.extend(state.session.settings.iter().map(|(name, value, source)| {
        pair(&clean(name), Line::plain(clean(value)).then(format!("  ({})", clean(source)), Tone::Dim))
    }));
    items.push(Item::Divider(format!("policy: {}", clean(state.policy.source()))));
    if let Some(why) = state.policy.why_closed() {
        items.push(Item::Text(Line::toned(format!("✖ nothing may be changed: {}", clean(why)), Tone::Bad)));
    }
    let hash: String = state.policy.hash().chars().take(16).collect();
    items.push(pair("policy hash", Line::toned(hash, Tone::Dim)));
    items.push(pair("Role", Line::plain(clean(state.policy.role_of(&state.session.agent)))));
    let legend = "held by paydesk: by this program, and whoever has the key passes it by; held by Stripe: for everybody";
    items.push(Item::Text(Line::toned(legend, Tone::Dim)));
    let mut section = "";
    for row in policy::describe(&state.policy, &state.session.agent) {
        // As the file has them: a section's name once, above its rules.
        let (of, rule) = row.rule.split_once('.').unwrap_or(("", row.rule));
        if of != section {
            section = of;
            items.push(Item::Divider(format!("[{of}]")));
        }
        let tone = if row.is_set { Tone::Plain } else { Tone::Dim };
        let value =
            Line::toned(clean(&row.value), tone).then(format!("  ({})", clean(&row.source)), Tone::Dim);
        items.push(pair(rule, value.then("  ", Tone::Dim).then(badge(row.enforced), held(row.enforced))));
    }
    items
}

/// Who makes sure of it: what Stripe holds nobody passes by, what paydesk holds whoever has the key can.
fn badge(enforced: Enforced) -> String {
    match enforced {
        Enforced::Stripe | Enforced::Paydesk => format!("held by {}", enforced.words()),
        Enforced::NotYet => enforced.words().to_owned(),
    }
}

fn held(enforced: Enforced) -> Tone {
    match enforced {
        Enforced::Stripe => Tone::Good,
        Enforced::Paydesk => Tone::Accent,
        Enforced::NotYet => Tone::Warn,
    }
}

#[derive(Clone, Copy, Debug)]
pub enum Do {
    Go(Move),
    Back,
}

impl Overlay for Settings {
    type Do = Do;

    const NAME: &'static str = "Settings and policy";

    fn sheet(&self, state: &State) -> Sheet {
        Sheet {
            title: Line::toned("Settings and policy in force", Tone::Accent),
            tone: Tone::Accent,
            items: items(state),
            scroll: self.list.scrolled(),
            full: true,
            ..Sheet::default()
        }
    }

    fn table() -> Vec<Binding<Do>> {
        let back = bind(&["<esc>", "q", ","], Do::Back, Some("back"), "back");
        list::table(Do::Go).chain([back]).collect()
    }

    fn now(&self, does: Do, state: &State) -> Now {
        match does {
            Do::Go(_) => list::scrolls(self.view(state)),
            Do::Back => Now::On,
        }
    }

    fn act(&mut self, does: Do, state: &mut State, _commands: &mut Commands) -> After {
        match does {
            Do::Go(to) => self.list.scroll(to, self.view(state)),
            Do::Back => return After::Close,
        }
        After::Stay
    }

    fn wheel(rows: isize) -> Option<Do> {
        Some(Do::Go(Move::Rows(rows)))
    }
}

#[cfg(test)]
mod tests {
    use crate::desk::fixture::{press, state, text};

    #[test]
    fn every_value_has_its_source() {
        let mut state = state();
        state.session.read_only = Some("the policy\u{1b} is broken".into());
        press(&mut state, ",");
        let shown = text(&state);
        for piece in [
            "Mode  sandbox: test data",
            "Account  Acme · acct_1",
            "undo  5 s  (default)",
            "READ-ONLY  the policy␛ is broken",
            "── [refunds]",
            "max  ¥50,000, $500.00",
            "policy.toml:2",
            "held by paydesk",
        ] {
            assert!(shown.contains(piece), "{piece}: {shown}");
        }
        press(&mut state, "jj<esc>");
        assert!(state.modals.is_empty());
    }

    #[test]
    fn a_page_down_shows_the_next_page_and_the_end_is_reached() {
        let mut state = state();
        press(&mut state, ",");
        let first = |state: &crate::desk::State| state.modals[0].sheet(state).scroll;
        assert_eq!(first(&state), 0);
        press(&mut state, "<pgdn>");
        assert!(first(&state) > 10, "{}", first(&state));
        press(&mut state, "<pgup>");
        assert_eq!(first(&state), 0);
    }
}
