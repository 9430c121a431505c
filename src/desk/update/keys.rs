//! Keys on the desk itself: moving, opening, starting actions.

use super::{load, merge, search, with_top};
use crate::answers::reply::NoReply;
use crate::desk::{
    changed, flow,
    key::{Code, Key},
    keymap::{self, Do, Meaning},
    layout, links,
    message::{Command, Commands},
    modals::{self, Modal, detail::Detail},
    panes::{self, PANES, PaneId},
    reply,
    state::{Mode, State},
};

pub(super) fn press(state: &mut State, key: Key, commands: &mut Commands) {
    let told = state.notice.take_if(|notice| notice.brief).is_some();
    let now_ms = state.now_ms;
    state.notice.take_if(|notice| notice.is_over(now_ms));
    // Leaving and taking back are asked for from anywhere; what is in flight still has its say.
    if let Some(does) = keymap::everywhere(key).filter(|does| !key.repeat && may_act(state, *does)) {
        state.looks_on = false;
        act(state, does, commands);
        return;
    }
    let enter = key.code == Code::Enter;
    if enter && state.enter.is_on(state.now_ms) {
        return;
    }
    state.looks_on = false;
    gives_way(state, |detail, state| detail.gives_way(key, state));
    // After another key it is no second half of the one before.
    if !enter {
        state.enter.end();
    }
    if !state.modals.is_empty() {
        let open = state.modals.len();
        with_top(state, commands, |modal, state, commands| modal.press(key, state, commands));
        if enter && state.modals.len() < open {
            state.enter.begin(state.now_ms);
        }
        return;
    }
    // Esc after a message takes the message away, and nothing else.
    if told && key.code == Code::Esc && !state.search.typing {
        return;
    }
    if state.search.typing && search::press(state, key, commands) {
        return;
    }
    let Some(row) = keymap::meaning(state, key) else {
        keymap::say_nothing(state, key);
        return;
    };
    if key.repeat && !row.held {
        return;
    }
    match row.does {
        Meaning::Act(action) => {
            let modal = flow::begin(state, action, commands);
            state.modals.extend(modal);
        }
        Meaning::Do(does) => act(state, does, commands),
    }
}

/// What opened by itself over the desk closes before what was meant for the desk.
pub(super) fn gives_way(state: &mut State, gives: impl Fn(&Detail, &State) -> bool) {
    if let [Modal::Detail(detail)] = &state.modals[..]
        && gives(detail, state)
    {
        state.modals.clear();
    }
}

/// Whoever is asked already whether to leave is not asked again.
fn may_act(state: &State, does: Do) -> bool {
    match does {
        Do::Quit => !matches!(state.modals.last(), Some(Modal::Quit(_))),
        Do::TakeBack => flow::can_take_back(state),
        _ => true,
    }
}

pub(super) fn act(state: &mut State, does: Do, commands: &mut Commands) {
    match does {
        Do::Search => search::enter(state),
        Do::Focus(pane) => focus(state, pane),
        Do::NextPane => step_pane(state, 1),
        Do::PreviousPane => step_pane(state, -1),
        Do::Up => step(state, -1, commands),
        Do::Down => step(state, 1, commands),
        Do::PageUp => page(state, -1, commands),
        Do::PageDown => page(state, 1, commands),
        Do::Top => select(state, 0, commands),
        Do::Bottom => select(state, usize::MAX, commands),
        Do::Open => enter(state, commands),
        Do::Back => back(state, commands),
        Do::Zoom => state.zoomed = !state.zoomed,
        Do::Raw => detail(state, true, commands),
        Do::Sort => sort(state),
        Do::ReverseSort => {
            let pane = state.focus;
            let view = state.pane_mut(pane);
            view.sort = Some(view.sort.map_or((0, true), |(column, reversed)| (column, !reversed)));
        }
        Do::CopyId => copy_id(state, commands),
        Do::Reply => copy_reply(state, commands),
        Do::Explain => explain(state, commands),
        Do::Twice => twice(state, commands),
        Do::Timeline => timeline(state, commands),
        Do::Notes => note(state, commands),
        Do::Merge => merge::turn(state, commands),
        Do::Browser => browser(state, commands),
        Do::Reload => {
            // What the key lacks may have been granted.
            state.lacks.clear();
            load::reload(state, commands);
        }
        Do::Export => match modals::export::Export::open(state) {
            Some(modal) => state.modals.push(Modal::Export(modal)),
            None => state.answer_key("there is no row here to export"),
        },
        Do::TakeBack => flow::take_back(state, commands),
        Do::WayBack => match changed::go_back(state, commands) {
            Some(modal) => state.modals.push(modal),
            None => state.say("the last change has no way back that could be taken now", false),
        },
        Do::Reopen => flow::reopen(state, commands),
        Do::Palette
        | Do::Filter
        | Do::Monitor
        | Do::Audit
        | Do::Inbox
        | Do::Recent
        | Do::Live
        | Do::Profiles
        | Do::Settings
        | Do::Tasks
        | Do::Help => {
            let modal = sheet(state, does, commands);
            state.modals.extend(modal);
        }
        Do::Quit => match flow::may_quit(state) {
            Ok(()) => {
                state.quitting = true;
            }
            Err(modal) => state.modals.push(modal),
        },
    }
}

/// What lies over the desk after its key.
fn sheet(state: &mut State, does: Do, commands: &mut Commands) -> Option<Modal> {
    Some(match does {
        Do::Palette => Modal::Palette(modals::palette::Palette::on_desk(state)),
        Do::Filter => Modal::Filter(modals::filter::Filter::open(state)),
        Do::Monitor => Modal::Monitor(modals::monitor::Monitor::open(state, commands)),
        Do::Audit => Modal::Audit(modals::audit::Audit::open(state, commands)),
        Do::Inbox => Modal::Inbox(modals::inbox::Inbox::open(state, commands)),
        Do::Live => Modal::Events(modals::events::Events::default()),
        Do::Recent => Modal::Recent(modals::recent::Recent::open(state, commands)),
        Do::Profiles => Modal::Profiles(modals::profiles::Profiles::open(state)),
        Do::Settings => Modal::Settings(modals::settings::Settings::default()),
        Do::Tasks => Modal::Tasks(modals::tasks::Tasks::new(state)),
        Do::Help => Modal::Help(modals::help::Help::new(keymap::help(state))),
        _ => return None,
    })
}

pub(super) fn focus(state: &mut State, pane: PaneId) {
    state.focus = pane;
    search::leave(state);
}

/// Among the panes that stand side by side, or through all of them where one is seen at a time.
fn step_pane(state: &mut State, by: isize) {
    let mut shown: Vec<PaneId> = layout::side_by_side(state);
    if shown.is_empty() {
        shown = PANES.iter().map(|pane| pane.id).collect();
    }
    let count = isize::try_from(shown.len()).unwrap_or(1);
    let at = shown.iter().position(|pane| *pane == state.focus).unwrap_or(0);
    let next = isize::try_from(at).unwrap_or(0).saturating_add(by).checked_rem_euclid(count).unwrap_or(0);
    if let Some(pane) = usize::try_from(next).ok().and_then(|next| shown.get(next)) {
        focus(state, *pane);
    }
}

pub(super) fn step(state: &mut State, by: isize, commands: &mut Commands) {
    let at = state.pane(state.focus).selected;
    select(state, at.saturating_add_signed(by), commands);
}

fn page(state: &mut State, direction: isize, commands: &mut Commands) {
    let rows = isize::try_from(layout::page_rows(state, state.focus).max(2)).unwrap_or(2);
    step(state, direction.saturating_mul(rows.saturating_sub(1)), commands);
}

/// Selects a row in view, within what there is, and asks for more where the end of what was read comes near.
pub(super) fn select(state: &mut State, at: usize, commands: &mut Commands) {
    let pane = state.focus;
    let count = panes::count(state, pane);
    let at = at.min(count.saturating_sub(1));
    state.pane_mut(pane).selected = at;
    if at.saturating_add(super::order::NEAR_END) >= count {
        load::more(state, pane, commands);
    }
    if pane == PaneId::Customers {
        search::rest_on(state, commands);
    } else {
        // The agent went elsewhere: what they searched for takes the selection no more.
        state.search.wanted = None;
    }
}

fn enter(state: &mut State, commands: &mut Commands) {
    if state.focus == PaneId::Customers {
        search::open_selected(state, commands);
    } else {
        detail(state, false, commands);
    }
}

fn detail(state: &mut State, raw: bool, commands: &mut Commands) {
    let pane = state.focus;
    let Some(at) = panes::selected(state, pane) else { return };
    if let Some(modal) = Detail::open(state, pane, at, raw, commands) {
        state.modals.push(Modal::Detail(modal));
    }
}

/// One step at a time, and never out of the program.
fn back(state: &mut State, commands: &mut Commands) {
    let pane = state.focus;
    if state.notice.as_ref().is_some_and(|notice| !notice.good) {
        state.notice = None;
    } else if !state.pane(pane).filter.is_empty() {
        state.pane_mut(pane).filter.clear();
    } else if state.zoomed {
        state.zoomed = false;
    } else if state.notice.is_some() {
        // Whoever only read a message stays where they are.
        state.notice = None;
    } else if pane.pane().further {
        focus(state, PaneId::Charges);
    } else if pane != PaneId::Customers {
        focus(state, PaneId::Customers);
    } else if !state.search.input.value().is_empty() {
        search::set(state, "", commands);
    } else {
        state.place = PaneId::Charges;
    }
}

fn sort(state: &mut State) {
    let pane = state.focus;
    let columns = pane.pane().columns.len();
    let view = state.pane_mut(pane);
    view.sort = match view.sort {
        None => Some((0, false)),
        Some((column, _)) if column.saturating_add(1) < columns => Some((column.saturating_add(1), false)),
        Some(_) => None,
    };
}

fn copy_id(state: &mut State, commands: &mut Commands) {
    let pane = state.focus;
    let Some(target) = panes::selected(state, pane).and_then(|at| (pane.pane().target)(state, at)) else {
        return;
    };
    let what = format!("copied {}", target.id);
    state.copy(target.id, what, commands);
}

fn copy_reply(state: &mut State, commands: &mut Commands) {
    let pane = state.focus.pane();
    // What was just done is told before what stands there.
    if changed::tell(state, commands) {
        return;
    }
    let Some(at) = panes::selected(state, pane.id) else {
        state.answer_key("no row is selected: there is nothing to tell a customer about");
        return;
    };
    let told = reply::about(state, pane, at);
    told_or_why(state, told, commands);
}

fn told_or_why(state: &mut State, told: Result<String, NoReply>, commands: &mut Commands) {
    match told {
        Ok(text) => {
            let what = format!("copied: {text}");
            state.copy(text, what, commands);
        }
        Err(why) => state.answer_key(why.to_string()),
    }
}

fn explain(state: &mut State, commands: &mut Commands) {
    match modals::explain::Explain::open(state, commands) {
        Some(modal) => state.modals.push(Modal::Explain(modal)),
        None => state.answer_key("open who has a charge or a plan first: there is nothing to explain"),
    }
}

fn twice(state: &mut State, commands: &mut Commands) {
    let Some(customer) = state.open.clone() else {
        state.answer_key("open a customer first");
        return;
    };
    let modal = modals::duplicates::Duplicates::open(state, customer, commands);
    state.modals.push(Modal::Duplicates(modal));
}

fn timeline(state: &mut State, commands: &mut Commands) {
    let Some(customer) = state.open.clone() else {
        state.answer_key("open a customer first");
        return;
    };
    let modal = modals::timeline::Timeline::open(state, customer, commands);
    state.modals.push(Modal::Timeline(modal));
}

/// On whoever is selected among the customers, else on whoever is open.
fn note(state: &mut State, commands: &mut Commands) {
    let selected = panes::selected(state, PaneId::Customers).filter(|_| state.focus == PaneId::Customers);
    let selected = selected.and_then(|at| state.search.found.get(at)).map(|found| found.customer.clone());
    match selected.or_else(|| state.open.clone()) {
        Some(customer) => {
            let modal = modals::notes::Notes::open(state, customer, commands);
            state.modals.push(Modal::Notes(modal));
        }
        None => state.answer_key("open a customer first"),
    }
}

fn browser(state: &mut State, commands: &mut Commands) {
    let pane = state.focus;
    let target = panes::selected(state, pane).and_then(|at| (pane.pane().target)(state, at));
    match target.and_then(|target| links::dashboard_url(state, &target)) {
        Some(url) => {
            let task = state.start("opening the browser");
            commands.push(Command::Open { task, url });
        }
        None if state.session.mode == Mode::Demo => state.answer_key("the demo has no Dashboard"),
        None => state.answer_key("this row has no page in the Dashboard"),
    }
}
