//! What the forms of changes show alike: title, what moved, verdicts, and at the bottom, always in view, what stands most in
//! the way and what Enter does now.

use super::rules;
use crate::{
    desk::{
        draft::{Draft, Standing},
        form::CONFIRM,
        sheet::{Item, Line, Sheet, Tone},
        state::State,
        verdict::Needs,
    },
    money::Money,
};

/// Screens narrower than this leave out what can be looked up elsewhere.
pub(super) const ROOMY: u16 = 72;
/// Cells of a form.
const WIDTH: u16 = 74;

/// A form's sheet around what it shows itself.
pub(super) fn sheet(draft: &Draft, state: &State, word: &str, body: Vec<Item>) -> Sheet {
    let standing = draft.standing(state);
    let mut items = told(draft);
    items.extend(body);
    let mut pinned = Vec::new();
    if let Standing::Decided(proposal, decision) = &standing {
        let rules = rules::items(decision, proposal.amount, draft.spent(), state);
        items.extend((!rules.is_empty()).then_some(Item::Gap));
        items.extend(rules);
        pinned.extend(rules::worst(decision));
    }
    pinned.extend(last(draft, &standing));
    Sheet {
        title: title(state, word, &customer(draft, state)),
        tone: if state.live() { Tone::Live } else { Tone::Accent },
        items,
        pinned,
        width: WIDTH,
        ..Sheet::default()
    }
}

fn title(state: &State, word: &str, whose: &str) -> Line {
    let badge =
        if state.live() { Line::toned(" LIVE ", Tone::Live).then(" ", Tone::Plain) } else { Line::default() };
    let line = badge.then(word, Tone::Accent);
    if whose.is_empty() { line } else { line.then(" ── ", Tone::Dim).then(whose, Tone::Strong) }
}

/// Whose object it is.
fn customer(draft: &Draft, state: &State) -> String {
    let Some(id) = draft.seen.customer() else { return String::new() };
    state.data.customer(&id).map_or_else(|| id.to_string(), |customer| customer.title().to_owned())
}

/// What moved, or what stopped it last time.
fn told(draft: &Draft) -> Vec<Item> {
    let mut items: Vec<_> =
        draft.told.iter().map(|(tone, text)| Item::Text(Line::toned(text.clone(), *tone))).collect();
    if let Some(why) = draft.facts_trouble() {
        items.push(Item::Text(Line::toned(format!("✖ {why} · Ctrl-r reads again"), Tone::Bad)));
    }
    if !items.is_empty() {
        items.push(Item::Gap);
    }
    items
}

/// A field with `after` behind it, and what is wrong with it below: behind it there is no room on a small screen. Options that
/// the policy denies carry the rule.
pub(super) fn field(draft: &Draft, state: &State, name: &str, after: Line) -> Vec<Item> {
    let mut items: Vec<_> = draft.form.item(name, after).into_iter().collect();
    if let Some(Item::Choice { options, .. }) = items.first_mut() {
        for (offer, denied) in options.iter_mut().zip(draft.denied(name, state)) {
            offer.denied = denied.map(|looked| looked.rule);
        }
    }
    if let Standing::Wrong(error) = draft.standing(state)
        && error.field == name
        && !items.is_empty()
    {
        items.push(Item::Pair { label: String::new(), value: Line::toned(error.reason, Tone::Bad) });
    }
    items
}

/// What Enter does now: a word for it, said on the bottom line too.
enum Enter {
    /// Nothing, or it was pressed already.
    Nothing,
    /// Does not confirm: takes note, shows what is wrong, moves on.
    Moves(String),
    /// Sends nothing, and why.
    Denied(String),
    /// Goes on with the change. `once_more`: only after another one.
    Confirms { what: String, once_more: bool },
    /// Checks what has to be typed, once keys go there.
    Types { what: String },
}

fn enter(draft: &Draft, standing: &Standing) -> Enter {
    if draft.deciding().is_some() || draft.asks_repeat() {
        return Enter::Nothing;
    }
    if draft.looks_again() {
        return Enter::Moves("takes note of what changed".into());
    }
    match standing {
        Standing::Wrong(error) if draft.form.entry(&error.field).is_some() => {
            Enter::Moves("shows what is wrong".into())
        }
        Standing::Wrong(error) => Enter::Denied(error.reason.clone()),
        Standing::Reading => Enter::Moves(format!("waits until the {} is read", draft.target.kind.noun())),
        Standing::Decided(proposal, decision) => {
            let what = does(draft, proposal.amount);
            match draft.needs(proposal, decision) {
                Needs::No(why) => Enter::Denied(why),
                Needs::Amount(_) | Needs::Word(_) if draft.form.focused() != CONFIRM => {
                    Enter::Types { what: "goes to the confirmation".into() }
                }
                needs @ (Needs::Amount(_) | Needs::Word(_)) => {
                    let right = needs.fits(draft.form.get(CONFIRM).unwrap_or_default());
                    Enter::Types { what: if right { what } else { "confirms what is typed".into() } }
                }
                Needs::Twice => Enter::Confirms { what, once_more: !draft.is_armed() },
                Needs::Enter => Enter::Confirms { what, once_more: false },
            }
        }
    }
}

/// `refunds $20.00`, `cancels it`
fn does(draft: &Draft, amount: Option<Money>) -> String {
    let word = draft.definition().map_or("", |action| action.hint);
    match amount {
        Some(amount) => format!("{word}s {amount}"),
        None if word.contains(' ') => "does it".to_owned(),
        None => format!("{word}s it"),
    }
}

/// The confirmation, or why there can be none.
fn last(draft: &Draft, standing: &Standing) -> Vec<Item> {
    if draft.deciding().is_some() {
        return vec![Item::Text(Line::toned("deciding on fresh facts…", Tone::Info))];
    }
    let keep = |line: Line| line.then("   Esc", Tone::Key).then(" changes nothing", Tone::Dim);
    let mut items = Vec::new();
    if draft.asks_repeat() {
        let line = Line::toned("y", Tone::Key).then(" does it once more all the same", Tone::Warn);
        items.push(Item::Text(keep(line)));
    }
    let key = || Line::toned("Enter", Tone::Key);
    match enter(draft, standing) {
        Enter::Nothing => {}
        Enter::Moves(what) => items.push(Item::Text(keep(key().then(format!(" {what}"), Tone::Plain)))),
        Enter::Denied(why) => items.push(Item::Text(Line::toned(format!("✖ {why}"), Tone::Bad))),
        Enter::Types { .. } => items.extend(draft.form.item(CONFIRM, Line::default())),
        Enter::Confirms { what, once_more } => {
            let line = if draft.is_armed() { key().then(" once more", Tone::Warn) } else { key() };
            let line = line.then(format!(" {what}"), Tone::Strong);
            let line = if once_more { line.then(" (asks once more)", Tone::Dim) } else { line };
            items.push(Item::Text(keep(line)));
        }
    }
    items.extend(draft.says.as_ref().map(|says| Item::Text(Line::toned(says.clone(), Tone::Warn))));
    items
}

/// The bottom line of a form: first of all, what Enter does.
pub(super) fn hints(draft: &Draft, state: &State) -> Vec<(String, String)> {
    let hint = |key: &str, word: &str| (key.to_owned(), word.to_owned());
    if draft.deciding().is_some() {
        return vec![hint("Esc", "close")];
    }
    if draft.asks_repeat() {
        return vec![hint("y", "once more"), hint("Esc", "back")];
    }
    let word = match enter(draft, &draft.standing(state)) {
        Enter::Nothing => String::new(),
        Enter::Denied(_) => "sends nothing".into(),
        Enter::Moves(what) | Enter::Types { what } | Enter::Confirms { what, once_more: false } => what,
        Enter::Confirms { what, once_more: true } => format!("{what}…"),
    };
    let mut hints = vec![hint("Enter", &word)];
    hints.extend([hint("Tab", "next field"), hint("←→", "choose"), hint("Esc", "change nothing")]);
    hints
}
