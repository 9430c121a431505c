//! The profiles that are configured, with the account and mode of each: choosing another leaves this desk, as quitting does, and
//! opens a new one on it. Nothing is shared between the two, and no key is shown.

use serde::{Deserialize, Serialize};

use super::{
    After, Overlay,
    list::{self, List, Move},
};
use crate::desk::{
    binding::{Binding, Now, bind},
    flow,
    message::Commands,
    session::Profile,
    sheet::{Item, Line, Sheet, Tone, line::fit},
    state::{Mode, State},
};

const WIDTH: u16 = 78;
/// Cells of a mode's word.
const MODE: usize = 9;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Profiles {
    list: List,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Do {
    Switch,
    Go(Move),
    Back,
}

const SWITCH: Binding<Do> = bind(
    &["<enter>"],
    Do::Switch,
    Some("switch"),
    "leave this desk and open one on the profile; asks when something is in flight",
);
const BACK: Binding<Do> = bind(&["<esc>", "q", "P"], Do::Back, Some("back"), "back");

impl Profiles {
    /// The selection begins on the one that is open.
    pub fn open(state: &State) -> Self {
        let here = state.session.profiles.iter().position(|profile| profile.name == state.session.profile);
        Self { list: List { at: here.unwrap_or(0), ..List::default() } }
    }

    fn chosen<'a>(&self, state: &'a State) -> Option<&'a Profile> {
        state.session.profiles.get(self.list.at)
    }
}

/// Why the desk cannot be opened on it.
fn closed(state: &State, profile: &Profile) -> Option<String> {
    if profile.name == state.session.profile {
        return Some(format!("{} is the one that is open", profile.name));
    }
    profile.closed.clone()
}

fn row(state: &State, profile: &Profile, names: usize) -> Line {
    let (word, tone) = match profile.mode {
        Some(Mode::Live) => ("LIVE", Tone::Live),
        Some(Mode::Sandbox | Mode::Demo) => ("sandbox", Tone::Sandbox),
        None => ("?", Tone::Warn),
    };
    let line = Line::toned(crate::text::padded(&profile.name, names.saturating_add(2)), Tone::Strong);
    let line = line.then(word, tone).then(" ".repeat(MODE.saturating_sub(word.len())), Tone::Plain);
    let line = match (&profile.account, &profile.closed) {
        (Some(account), _) => line.then(account.clone(), Tone::Plain),
        (None, None) => line.then("not used yet: its key says which account it is", Tone::Dim),
        (None, Some(_)) => line,
    };
    if profile.name == state.session.profile {
        return line.then(" · open", Tone::Dim);
    }
    match &profile.closed {
        Some(why) => line.then(format!(" · ✖ {why}"), Tone::Dim),
        None => line,
    }
}

impl Overlay for Profiles {
    type Do = Do;

    const NAME: &'static str = "Profiles";

    fn sheet(&self, state: &State) -> Sheet {
        let profiles = &state.session.profiles;
        let names = profiles.iter().map(|profile| crate::text::width(&profile.name)).max().unwrap_or(0);
        let width = if WIDTH.saturating_add(4) > state.width { state.width } else { WIDTH };
        let room = usize::from(width.saturating_sub(4));
        let pick = |(at, profile): (usize, &Profile)| Item::Pick {
            line: fit(&row(state, profile, names), room),
            selected: at == self.list.at,
        };
        let mut items: Vec<_> = profiles.iter().enumerate().map(pick).collect();
        if items.is_empty() {
            let words = match state.session.mode {
                Mode::Demo => "the demo stands by itself: `paydesk --profile NAME` opens a profile's desk",
                Mode::Live | Mode::Sandbox => {
                    "no profile is configured: `paydesk login --profile NAME` makes one"
                }
            };
            items.push(Item::Text(Line::toned(words, Tone::Dim)));
        }
        let why = self.chosen(state).and_then(|profile| closed(state, profile));
        let said = match (why, self.chosen(state)) {
            (Some(why), _) => Line::toned(why, Tone::Dim),
            (None, Some(Profile { mode: Some(Mode::Live), name, .. })) => Line::toned(
                format!("{name} is LIVE: what is done there is done to real customers"),
                Tone::Live,
            ),
            (None, Some(_)) => Line::toned("this desk is left, and a new one opened", Tone::Dim),
            (None, None) => Line::default(),
        };
        Sheet {
            title: Line::toned("Profiles", Tone::Accent),
            tone: if state.live() { Tone::Live } else { Tone::Accent },
            items,
            pinned: vec![Item::Text(said)],
            scroll: self.list.scrolled(),
            width: WIDTH,
            ..Sheet::default()
        }
    }

    fn table() -> Vec<Binding<Do>> {
        [SWITCH].into_iter().chain(list::table(Do::Go)).chain([BACK]).collect()
    }

    fn now(&self, does: Do, state: &State) -> Now {
        match does {
            Do::Switch => match self.chosen(state) {
                None => Now::Off,
                Some(profile) => match closed(state, profile) {
                    Some(why) => Now::Dim(why),
                    None => Now::Says(format!("switch to {}", profile.name)),
                },
            },
            Do::Go(_) => list::selects(state.session.profiles.len()),
            Do::Back => Now::On,
        }
    }

    fn act(&mut self, does: Do, state: &mut State, _commands: &mut Commands) -> After {
        match does {
            Do::Switch => {
                let Some(name) = self.chosen(state).map(|profile| profile.name.clone()) else {
                    return After::Stay;
                };
                state.switch_to = Some(name);
                // The same question as before quitting.
                if let Err(asks) = flow::may_quit(state) {
                    return After::Replace(Box::new(asks));
                }
                state.quitting = true;
                return After::Close;
            }
            Do::Go(to) => {
                let (count, view) = (state.session.profiles.len(), self.view(state));
                self.list.select(to, count, view);
            }
            Do::Back => return After::Close,
        }
        After::Stay
    }

    fn confirms(&self, does: Do) -> bool {
        matches!(does, Do::Switch)
    }

    fn wheel(rows: isize) -> Option<Do> {
        Some(Do::Go(Move::Rows(rows)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        desk::{
            fixture::{intent, press, state, text},
            message::Command,
            state::ChangeLine,
        },
        ledger::IntentState,
    };

    fn profile(name: &str, mode: Option<Mode>, closed: Option<&str>) -> Profile {
        Profile {
            name: name.into(),
            account: mode.map(|_| format!("acct_{name}")),
            mode,
            closed: closed.map(str::to_owned),
        }
    }

    fn several() -> State {
        let mut state = state();
        state.search.typing = false;
        state.session.profiles = vec![
            profile("default", Some(Mode::Sandbox), None),
            profile("europe", Some(Mode::Live), None),
            profile("new", None, Some("no key is kept for it: `paydesk login --profile new`")),
        ];
        state
    }

    #[test]
    fn each_profile_stands_with_its_account_and_mode_and_no_key() {
        let mut state = several();
        press(&mut state, "P");
        let shown = text(&state);
        for piece in [
            "▸default  sandbox  acct_default · open",
            "europe   LIVE     acct_europe",
            "new      ?",
            "✖ no key",
        ] {
            assert!(shown.contains(piece), "{piece}: {shown}");
        }
        assert!(!shown.contains("sk_") && !shown.contains("rk_"), "{shown}");
        press(&mut state, "j");
        assert!(text(&state).contains("europe is LIVE: what is done there is done to real customers"));
    }

    #[test]
    fn enter_leaves_for_the_chosen_one_and_for_none_that_cannot_be_opened() {
        let mut state = several();
        assert!(!press(&mut state, "P<enter>").contains(&Command::Quit));
        assert_eq!(state.notice.as_ref().unwrap().text, "default is the one that is open");
        press(&mut state, "jj<enter>");
        assert!(state.notice.as_ref().unwrap().text.starts_with("no key is kept for it"));
        assert_eq!((state.switch_to.as_ref(), state.modals.len()), (None, 1));
        let commands = press(&mut state, "k<enter>");
        assert!(commands.contains(&Command::Quit), "{commands:?}");
        assert_eq!(state.switch_to.as_deref(), Some("europe"));
    }

    #[test]
    fn what_is_held_is_asked_about_as_before_quitting_and_staying_stays() {
        let mut state = several();
        state.changes =
            vec![ChangeLine { intent: intent("int_1", IntentState::Held), task: None, note: None }];
        let commands = press(&mut state, "Pj<enter>");
        assert!(!commands.contains(&Command::Quit), "{commands:?}");
        assert!(text(&state).contains("Leave for europe?"), "{}", text(&state));
        press(&mut state, "<esc>");
        assert_eq!((state.switch_to.as_ref(), state.quitting), (None, false));
        press(&mut state, "Pj<enter>w");
        assert_eq!((state.switch_to.as_deref(), state.quitting), (Some("europe"), true));
        // A signal leaves, and for nowhere.
        let _commands = crate::desk::update(
            &mut state,
            crate::desk::fixture::NOW_MS,
            crate::desk::message::Message::Terminate,
        );
        assert_eq!(state.switch_to, None);
    }
}
