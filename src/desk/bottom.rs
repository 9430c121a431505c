//! The bottom line: which keys work here to the left, what is going on to the right, and what goes when not all of it fits.

use super::{
    binding::Hint,
    flow,
    key::{Code, Key},
    keymap::{self, Do},
    panes,
    sheet::{Line, Tone, line},
    state::{ChangeLine, Notice, State, Top},
    words,
};
use crate::{
    actions::{self, Effect, Proposal},
    ledger::IntentState,
    text,
};

/// Cells between two hints.
const GAP: usize = 2;
/// What goes on has room for an id and a few words, as long as the help stays on a small screen.
const NOTICE: usize = 56;
const NOTICE_RANK: u8 = 2;
const NARROW_HINTS: usize = 10;
/// Of a pane's lower border, the cells that are not for words.
const BORDERS: u16 = 6;
/// What the key does to what is held, at length and in short.
const TAKES_BACK: &str = " takes it back";
const UNDO: &str = " undo";
/// A trouble told whole takes no more than this part of the screen.
const TOLD_PART: usize = 4;

/// One hint and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// In `keymap::hints`, or in the hints of the topmost modal.
    pub index: usize,
    pub x: u16,
    pub width: u16,
    pub key: String,
    pub word: String,
    pub dim: bool,
}

/// The whole line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bottom {
    pub spots: Vec<Spot>,
    pub tasks: Line,
    pub tasks_x: u16,
}

impl Bottom {
    /// The hint under a column.
    pub fn spot_at(&self, column: u16) -> Option<usize> {
        let over = |spot: &&Spot| spot.x <= column && column < spot.x.saturating_add(spot.width);
        self.spots.iter().find(over).map(|spot| spot.index)
    }
}

/// The line for the screen's width. What goes on may take up to two thirds of it; hints are cut from the right, except
/// the help, which leads to all the others. What cannot be done here comes last, where there is room for it.
pub fn bottom(state: &State) -> Bottom {
    let width = usize::from(state.width);
    let (tasks, _) = tasks(state, most(width));
    let taken = if tasks.0.is_empty() { 1 } else { tasks.width().saturating_add(3) };
    let tasks_x = width.saturating_sub(tasks.width()).saturating_sub(1);
    let spots = spots(&hints(state), width.saturating_sub(taken));
    Bottom { spots, tasks, tasks_x: u16::try_from(tasks_x).unwrap_or(u16::MAX) }
}

/// Cells that what goes on may take of so many.
fn most(width: usize) -> usize {
    (width.saturating_mul(2) / 3).max(width.saturating_sub(NARROW_HINTS).min(NOTICE))
}

/// What went wrong, or was copied for a customer, whole, in rows of its own over the bottom line, when the place where it is said is too narrow for it: what
/// to do about it comes last, and must not be what is cut. `pane_width` is that of the focused pane, in cells.
pub fn told(state: &State, pane_width: Option<u16>) -> Vec<Line> {
    let width = usize::from(state.width);
    let whole = match notice(state, usize::MAX) {
        Some(line) if state.notice.as_ref().is_some_and(in_rows) => {
            let (_, fits) = tasks(state, most(width));
            (!fits).then_some(line)
        }
        _ => pane_width.and_then(|cells| {
            let room = usize::from(cells.saturating_sub(BORDERS));
            panes::trouble(state, state.focus).filter(|line| line.width() > room)
        }),
    };
    let most = usize::from(state.height) / TOLD_PART;
    whole.map_or_else(Vec::new, |line| {
        line::wrap(&line, width.saturating_sub(2)).into_iter().take(most).collect()
    })
}

/// It is told whole, in rows, where the line is too narrow.
fn in_rows(notice: &Notice) -> bool {
    !notice.good || notice.whole
}

struct Wanted {
    /// Where it stands among the hints.
    index: usize,
    key: String,
    word: String,
    dim: bool,
    /// Stays when others go.
    kept: bool,
}

/// What can be done before what cannot. Of a modal, the way back never goes; of the desk, the help, which leads to all others.
fn hints(state: &State) -> Vec<Wanted> {
    let modal = state.modals.last();
    let hints = modal.map_or_else(|| keymap::hints(state), |modal| modal.hints(state));
    let last = if modal.is_some() { Some(Key::new(Code::Esc)) } else { key_of(Do::Help) };
    let wanted = |(index, hint): (usize, Hint)| Wanted {
        index,
        key: hint.label(),
        kept: last.is_some_and(|key| hint.keys.contains(&key)),
        word: hint.word,
        dim: hint.dim,
    };
    let mut wanted: Vec<_> = hints.into_iter().enumerate().map(wanted).collect();
    wanted.sort_by_key(|hint| hint.dim);
    wanted
}

fn spots(wanted: &[Wanted], room: usize) -> Vec<Spot> {
    let size =
        |hint: &Wanted| text::width(&hint.key).saturating_add(text::width(&hint.word)).saturating_add(1);
    let whole: usize = wanted.iter().map(|hint| size(hint).saturating_add(GAP)).sum();
    let mut kept: usize = if whole <= room {
        0
    } else {
        wanted.iter().filter(|hint| hint.kept).map(|hint| size(hint).saturating_add(GAP)).sum()
    };
    let mut x: usize = 1;
    let mut full = false;
    let mut spots = Vec::new();
    for hint in wanted {
        let width = size(hint);
        if hint.kept {
            kept = 0;
        }
        if (full && !hint.kept) || x.saturating_add(width).saturating_add(kept) > room {
            full = true;
            continue;
        }
        spots.push(Spot {
            index: hint.index,
            x: u16::try_from(x).unwrap_or(u16::MAX),
            width: u16::try_from(width).unwrap_or(u16::MAX),
            key: hint.key.clone(),
            word: hint.word.clone(),
            dim: hint.dim,
        });
        x = x.saturating_add(width).saturating_add(GAP);
    }
    spots
}

/// The key that works for it now. Letters go elsewhere while something is open or typed: out of there first, then.
fn key_now(state: &State, does: Do) -> Option<String> {
    let row = keymap::desk().find(|row| row.does == does)?;
    let letters_go = state.modals.is_empty() && state.top == Top::OnStack && !state.search.typing;
    let key = row.keys().find(|key| letters_go || key.typed().is_none());
    let out = Key::new(Code::Esc);
    key.map(|key| key.to_string()).or_else(|| Some(format!("{out} {}", row.keys().next()?)))
}

/// The first key that the table binds to it.
pub fn key_of(does: Do) -> Option<Key> {
    keymap::desk().find(|row| row.does == does)?.keys().next()
}

/// Changes that may or may not have happened.
pub fn unknown(state: &State) -> usize {
    let open = |change: &&ChangeLine| {
        matches!(change.intent.state, IntentState::Unknown | IntentState::WaitingAtStripe)
    };
    state.changes.iter().filter(open).count()
}

/// What goes on, in at most `room` cells: changes before what was last said before reads. And whether what was last said is
/// whole there: a trouble that is not has rows of its own.
fn tasks(state: &State, room: usize) -> (Line, bool) {
    let mut parts: Vec<(u8, Line)> = Vec::new();
    parts.extend(reads(state).map(|line| (3, line)));
    parts.extend(notice(state, usize::MAX).map(|line| (NOTICE_RANK, line)));
    parts.extend(change(state, IntentState::WaitingAtStripe, room).map(|line| (1, line)));
    parts.extend(change(state, IntentState::Unknown, room).map(|line| (1, line)));
    parts.extend(change(state, IntentState::Sending, room).map(|line| (1, line)));
    parts.extend(change(state, IntentState::Held, room).map(|line| (0, line)));
    parts.extend(returned(state).map(|line| (0, line)));
    parts.extend(raised(state).map(|line| (0, line)));
    if state.quitting && flow::in_flight(state) {
        parts.push((0, Line::toned("leaving when what is being sent has ended", Tone::Warn)));
    }
    let wide = |parts: &[(u8, Line)]| -> usize {
        parts.iter().map(|(_, line)| line.width().saturating_add(3)).sum::<usize>().saturating_sub(3)
    };
    while parts.len() > 1 && wide(&parts) > room {
        let Some(least) = parts.iter().map(|(rank, _)| *rank).max() else { break };
        let Some(at) = parts.iter().position(|(rank, _)| *rank == least) else { break };
        parts.remove(at);
    }
    let said = parts.iter().any(|(rank, _)| *rank == NOTICE_RANK);
    let fits = said && wide(&parts) <= room;
    if said && !fits && state.notice.as_ref().is_some_and(in_rows) {
        parts.retain(|(rank, _)| *rank != NOTICE_RANK);
    }
    // Alone and still too wide, a receipt loses its id; of what went wrong the words are cut.
    if let [(NOTICE_RANK, line)] = parts.as_mut_slice() {
        *line = notice(state, room).unwrap_or_default();
    }
    let mut whole = Line::default();
    for (_, line) in parts {
        if !whole.0.is_empty() {
            whole = whole.then("   ", Tone::Plain);
        }
        whole.0.extend(line.0);
    }
    (if whole.width() > room { cut(&whole, room) } else { whole }, fits)
}

/// The words of a line that fit, one after the other.
fn cut(line: &Line, room: usize) -> Line {
    let mut left = room;
    let mut short = Line::default();
    for span in &line.0 {
        let piece = text::cut(&span.text, left);
        left = left.saturating_sub(text::width(&piece));
        short = short.then(piece, span.tone);
        if left == 0 {
            break;
        }
    }
    short
}

/// The oldest read that somebody waits for, and how many more there are.
fn reads(state: &State) -> Option<Line> {
    let mut waited = state.tasks.running.values().filter(|task| task.question.is_some() && !task.prefetch);
    let first = waited.next()?;
    let more = waited.count();
    let note = first.note.as_ref().map_or_else(String::new, |note| format!(" · {note}"));
    let more = if more == 0 { String::new() } else { format!(" +{more}") };
    Some(Line::toned("◌ ", Tone::Info).then(format!("{}{more}{note}", first.label), Tone::Dim))
}

/// What was last said, its words cut to `room`.
fn notice(state: &State, room: usize) -> Option<Line> {
    let notice = state.notice.as_ref()?;
    let id = notice.id.as_ref().map_or_else(String::new, |id| format!(" · {id}"));
    // A receipt is read out, and its id stands in the trail; what went wrong is looked up by its id.
    let whole = text::width(&notice.text).saturating_add(text::width(&id)).saturating_add(2) <= room;
    let id = if notice.good && !whole { String::new() } else { id };
    let words = text::cut(&notice.text, room.saturating_sub(text::width(&id)).saturating_sub(2));
    let (glyph, tone) = if notice.good { ("✔ ", Tone::Good) } else { ("✖ ", Tone::Bad) };
    Some(Line::toned(glyph, tone).then(words, Tone::Plain).then(id, Tone::Dim))
}

/// The newest change in this state, and how many more there are: whose it is goes last where not all of it fits.
fn change(state: &State, wanted: IntentState, room: usize) -> Option<Line> {
    let mut matching = state.changes.iter().rev().filter(|change| change.intent.state == wanted);
    let change = matching.next()?;
    let more = matching.count();
    let more = if more == 0 { String::new() } else { format!(" +{more}") };
    let line = |what: &str, back: &str| match wanted {
        IntentState::Held => {
            let seconds = held_s(state, change);
            let line =
                Line::toned("◷ ", Tone::Warn).then(format!("{what} in {seconds} s{more}"), Tone::Strong);
            hint(state, line, Do::TakeBack, back)
        }
        IntentState::Sending => {
            let note = change.note.as_ref().map_or_else(String::new, |note| format!(" · {note}"));
            Line::toned("◌ ", Tone::Warn).then(format!("{what}…{more}{note}"), Tone::Strong)
        }
        IntentState::WaitingAtStripe => {
            Line::toned("◌ ", Tone::Warn).then(format!("{what} waits at Stripe{more}"), Tone::Plain)
        }
        _ => {
            let line = Line::toned("? ", Tone::Bad).then(format!("{what}: outcome unknown{more}"), Tone::Bad);
            hint(state, line, Do::Tasks, " tasks")
        }
    };
    let (short, whole) = (doing(state, &change.intent.proposal), doing_for(state, &change.intent.proposal));
    let short_line = line(&short, UNDO);
    let longer = [(&whole, TAKES_BACK), (&whole, UNDO), (&short, TAKES_BACK)];
    let mut longer = longer.into_iter().map(|(what, back)| line(what, back));
    longer.find(|line| line.width() <= room).or(Some(short_line))
}

/// The oldest change whose form waits to be looked at again, and how many more there are.
fn returned(state: &State) -> Option<Line> {
    let first = state.returned.first()?;
    let more = state.returned.len().saturating_sub(1);
    let more = if more == 0 { String::new() } else { format!(" +{more}") };
    let what = doing(state, &first.proposal);
    let line = Line::toned("↶ ", Tone::Warn).then(format!("{what} was stopped{more}"), Tone::Strong);
    Some(hint(state, line, Do::Reopen, " look again"))
}

/// A refund that came back, until it is acknowledged, and how many more there are.
fn raised(state: &State) -> Option<Line> {
    let newest = state.raised.last()?;
    let more = state.raised.len().saturating_sub(1);
    let more = if more == 0 { String::new() } else { format!(" +{more}") };
    let amount = newest.intent.proposal.amount.map_or_else(String::new, |amount| format!(" of {amount}"));
    let line = Line::toned("✖ ", Tone::Bad).then(format!("refund{amount} came back{more}"), Tone::Bad);
    Some(hint(state, line, Do::Tasks, " tasks"))
}

/// The way to do something about it.
fn hint(state: &State, line: Line, does: Do, word: &str) -> Line {
    let Some(key) = key_now(state, does) else { return line };
    let line = line.then(" · ", Tone::Dim);
    line.then(key, Tone::Key).then(word, Tone::Dim)
}

/// What a change that is not over yet is about to do, and what can be done about it: `refunding $99.00 to Ada Lovelace in
/// 3 s · u takes it back`.
pub(super) fn under_way(state: &State, change: &ChangeLine) -> String {
    let what = doing_for(state, &change.intent.proposal);
    match change.intent.state {
        IntentState::Held => {
            let key =
                key_now(state, Do::TakeBack).map_or_else(String::new, |key| format!(" · {key}{TAKES_BACK}"));
            format!("{what} in {} s{key}", held_s(state, change))
        }
        IntentState::WaitingAtStripe => format!("{what} waits at Stripe"),
        IntentState::Unknown => format!("{what}: not known yet how it ended"),
        _ => format!("{what} is under way"),
    }
}

/// Seconds until it is sent, begun ones whole.
fn held_s(state: &State, change: &ChangeLine) -> i64 {
    let wait_ms = change.intent.hold_until_ms.saturating_sub(state.now_ms).max(0);
    wait_ms.saturating_add(999) / 1_000
}

/// `refunding $99.00`, `cancelling Pro at period end`: what a change does to what, and when where that makes all the difference.
fn doing(state: &State, proposal: &Proposal) -> String {
    let it = words::called(state, &proposal.target);
    let amount = proposal.amount.map(|amount| amount.to_string());
    let action = actions::find(&proposal.action);
    let doing =
        action.map_or_else(|| proposal.sentence.clone(), |action| action.doing(amount.as_deref(), &it));
    let doing = format!("{doing}{}", words::becomes(state, proposal));
    let ends = proposal.terms.cancel.filter(|_| proposal.effect == Effect::Destructive);
    ends.map_or_else(|| doing.clone(), |when| format!("{doing} {}", when.words(state.zone())))
}

/// `refunding $99.00 to Ada Lovelace`
fn doing_for(state: &State, proposal: &Proposal) -> String {
    format!("{}{}", doing(state, proposal), words::whose(state, proposal))
}

#[cfg(test)]
#[path = "bottom_tests.rs"]
mod tests;
