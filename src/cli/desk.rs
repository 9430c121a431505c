//! `paydesk` itself: opens the terminal and runs the desk on whatever the settings reach.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::{
    doctor::place,
    exit::Failed,
    out::note,
    wire::{Connected, Setup},
};
use crate::{
    config::{Brightness, Color},
    desk::{self, Message, State},
    runtime::{
        self, Desk, Draw, EVENTS_MOST, Outside, Terminal, clipboard::Around, inbox, input, policy_file,
        record::Recorder, signals, tasks::Tasks, terminal, through_gate::ThroughGate,
    },
    stripe::Transport,
    ui::{
        self,
        theme::{Colour, Ground, Theme},
    },
};

/// Hidden switches of the desk.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Switches {
    /// Write every message of the sitting to this new file: names and addresses too, so in debug builds alone
    #[cfg(debug_assertions)]
    #[arg(long, hide = true, value_name = "FILE")]
    pub record: Option<std::path::PathBuf>,
    /// Panic in the N-th frame, with a message that quotes the search box
    #[cfg(debug_assertions)]
    #[arg(long, hide = true, value_name = "N")]
    pub panic_after: Option<u64>,
}

/// Before anything is asked or started: whether there is a terminal at all.
pub(super) fn capable(term: Option<&str>) -> Result<(), Failed> {
    terminal::capable(term).map_err(|error| Failed::Usage(error.to_string()))
}

/// Opens the desk and stays until the agent leaves; gives the profile that it was left for, if it was left for one.
pub(super) async fn desk(
    args: &Switches,
    setup: &Setup,
    notice: Option<&str>,
) -> Result<Option<String>, Failed> {
    let broken = |what: &str, error: std::io::Error| Failed::Defect(format!("{what}: {error}"));
    let connected = setup.connect_at_once().await?;
    let mut recorder = recorder(args)?;
    let (sender, events) = mpsc::channel(EVENTS_MOST);
    signals::forward(sender.clone()).map_err(|error| broken("signals cannot be heard", error))?;
    if !setup.demo {
        watch_policy(setup, &connected, sender.clone());
    }
    tokio::spawn(inbox::watch(Arc::clone(&connected.gate), sender.clone()));
    let screen = Terminal::enter(&title(setup), Around::of(&setup.environment))
        .map_err(|error| broken("the terminal failed", error))?;
    let size = screen.size().map_err(|error| broken("the terminal failed", error))?;
    tokio::spawn(input::forward(sender.clone(), Arc::clone(&connected.clock)));
    let mut state = first_state(setup, &connected, size);
    let first = desk::start(&mut state);
    if let Some(notice) = notice {
        state.say_whole(notice, true);
    }
    let letters = place::no_unicode(&setup.environment);
    if let Some(why) = connected.unsure().or(letters.as_deref()) {
        state.say(why, false);
    }
    if let Some(recorder) = &mut recorder {
        recorder.begin(connected.clock.now_ms(), &state);
    }
    let over: Arc<dyn Transport> = Arc::clone(&connected.transport) as Arc<dyn Transport>;
    let changes = Arc::new(ThroughGate::new(Arc::clone(&connected.gate)));
    let wire = Arc::new(connected.client.clone());
    let outside = Outside::new(over, changes, wire, Tasks::new(sender));
    let clock = Arc::clone(&connected.clock);
    let desk = Desk { state, first, outside, events, clock, draw: draw(args, setup), recorder };
    let left = runtime::run(desk, screen).await.map_err(|error| broken("the terminal failed", error))?;
    for words in left.words {
        note(&words).map_err(|error| broken("it cannot be said how changes ended", error))?;
    }
    Ok(left.profile)
}

fn title(setup: &Setup) -> String {
    format!("paydesk · {}", setup.config.profile.value)
}

fn first_state(setup: &Setup, connected: &Connected, size: (u16, u16)) -> State {
    State::new(setup.session(connected), connected.gate.rules(), connected.clock.now_ms(), size)
}

/// The gate and the screen hear of an edited file together.
fn watch_policy(setup: &Setup, connected: &Connected, events: mpsc::Sender<runtime::Event>) {
    let path = setup.config.policy.value.clone();
    let gate = Arc::clone(&connected.gate);
    tokio::spawn(policy_file::watch(path, events, move || Message::PolicyLoaded {
        policy: Box::new(gate.rules()),
    }));
}

#[cfg(debug_assertions)]
fn recorder(args: &Switches) -> Result<Option<Recorder>, Failed> {
    let Some(path) = &args.record else { return Ok(None) };
    let recorder = Recorder::create(path).map_err(|error| {
        Failed::Config(format!("{}: the record cannot be written: {error}", path.display()))
    })?;
    Ok(Some(recorder))
}

#[cfg(not(debug_assertions))]
fn recorder(_none: &Switches) -> Result<Option<Recorder>, Failed> {
    Ok(None)
}

fn draw(args: &Switches, setup: &Setup) -> Draw {
    let theme = theme(setup);
    #[cfg(debug_assertions)]
    let mut left = args.panic_after;
    #[cfg(not(debug_assertions))]
    let _only_in_debug = args;
    Box::new(move |state, frame| {
        #[cfg(debug_assertions)]
        if let Some(left) = &mut left {
            *left = left.saturating_sub(1);
            assert!(*left > 0, "asked for with --panic-after, at {}", state.search.input.value());
        }
        ui::view(state, &theme, frame);
    })
}

fn theme(setup: &Setup) -> Theme {
    let variable = |name: &str| setup.environment.get(name);
    let ground = match setup.config.theme.value {
        Brightness::Dark => Some(Ground::Dark),
        Brightness::Light => Some(Ground::Light),
        Brightness::Auto => variable("COLORFGBG").and_then(ground),
    };
    let colour = match setup.config.color.value {
        Color::Auto => Colour::Auto,
        Color::Always => Colour::Always,
        Color::Never => Colour::Never,
    };
    let no_color = variable("NO_COLOR").is_some();
    Theme::choose(no_color, variable("COLORTERM"), variable("TERM"), ground, colour)
}

/// `15;0`: foreground and background, by number; 7 and above from 9 on are light.
fn ground(told: &str) -> Option<Ground> {
    let background: u8 = told.rsplit(';').next()?.parse().ok()?;
    Some(if background == 7 || background > 8 { Ground::Light } else { Ground::Dark })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_terminal_may_tell_its_background() {
        assert_eq!(ground("15;0"), Some(Ground::Dark));
        assert_eq!(ground("0;15"), Some(Ground::Light));
        assert_eq!(ground("0;default;7"), Some(Ground::Light));
        assert_eq!(ground("default"), None);
    }
}
