//! What the forms of changes show alike: title, what moved, verdicts, the last line.

use super::rules;
use crate::{
    desk::{
        draft::{Draft, Standing},
        form::CONFIRM,
        sheet::{Item, Line, Sheet, Tone},
        state::State,
        verdict::Needs,
    },
    policy::Mark,
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
    items.push(Item::Gap);
    let verdicts = verdicts(draft, &standing, state);
    if !verdicts.is_empty() {
        items.extend(verdicts);
        items.push(Item::Gap);
    }
    items.extend(last(draft, &standing));
    Sheet {
        title: title(state, word, &customer(draft, state)),
        tone: if state.live() { Tone::Live } else { Tone::Accent },
        items,
        footer: footer(draft),
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

/// A field with `after` behind it, and what is wrong with it below: behind it there is no room on a small screen.
pub(super) fn field(draft: &Draft, standing: &Standing, name: &str, after: Line) -> Vec<Item> {
    let mut items: Vec<_> = draft.form.item(name, after).into_iter().collect();
    if let Standing::Wrong(error) = standing
        && error.field == name
        && !items.is_empty()
    {
        items.push(Item::Pair { label: String::new(), value: Line::toned(error.reason.clone(), Tone::Bad) });
    }
    items
}

fn verdicts(draft: &Draft, standing: &Standing, state: &State) -> Vec<Item> {
    match standing {
        Standing::Reading => vec![Item::Text(Line::toned("reading what is left…", Tone::Dim))],
        // It stands below its field.
        Standing::Wrong(error) if draft.form.item(&error.field, Line::default()).is_some() => Vec::new(),
        Standing::Wrong(error) => {
            vec![Item::Verdict { mark: Mark::Deny, text: format!("{}: {}", error.field, error.reason) }]
        }
        Standing::Decided(proposal, decision) => {
            rules::items(decision, proposal.amount, draft.spent(), state)
        }
    }
}

/// The confirmation, or why there can be none.
fn last(draft: &Draft, standing: &Standing) -> Vec<Item> {
    let mut items = Vec::new();
    if draft.deciding().is_some() {
        return vec![Item::Text(Line::toned("deciding on fresh facts…", Tone::Info))];
    }
    if draft.asks_repeat() {
        let line = Line::toned("y", Tone::Key).then(" do it once more all the same", Tone::Warn);
        return vec![Item::Text(line)];
    }
    match standing {
        Standing::Wrong(_) => items.push(dim("Enter waits until this can be taken")),
        Standing::Reading => items.push(dim("Enter waits for it")),
        Standing::Decided(proposal, decision) => match draft.needs(proposal, decision) {
            Needs::No(why) => items.push(Item::Text(Line::toned(format!("✖ {why}"), Tone::Bad))),
            Needs::Amount(_) | Needs::Word(_) => items.extend(draft.form.item(CONFIRM, Line::default())),
            needs => items.push(Item::Text(enter(draft, &needs, proposal.amount))),
        },
    }
    if let Some(says) = &draft.says {
        items.push(Item::Text(Line::toned(says.clone(), Tone::Warn)));
    }
    items
}

/// `Enter refunds $20.00`, `Enter keeps it`: what it is stands above.
fn enter(draft: &Draft, needs: &Needs, amount: Option<crate::money::Money>) -> Line {
    let word = draft.definition().map_or("", |action| action.hint);
    let what = match amount {
        Some(amount) => format!(" {word}s {amount}"),
        None if word.contains(' ') => " does it".to_owned(),
        None => format!(" {word}s it"),
    };
    match needs {
        Needs::Twice if draft.is_armed() => {
            Line::toned("Enter", Tone::Key).then(" once more", Tone::Warn).then(what, Tone::Strong)
        }
        Needs::Twice => {
            Line::toned("Enter", Tone::Key).then(what, Tone::Strong).then(" (asks once more)", Tone::Dim)
        }
        _ => Line::toned("Enter", Tone::Key).then(what, Tone::Strong),
    }
}

fn dim(text: &str) -> Item {
    Item::Text(Line::toned(text, Tone::Dim))
}

fn footer(draft: &Draft) -> Line {
    let esc = if draft.deciding().is_some() { " close" } else { " keep as it is" };
    Line::toned("Esc", Tone::Key).then(esc, Tone::Dim)
}

/// The bottom line of a form.
pub(super) fn hints(draft: &Draft) -> Vec<(String, String)> {
    let hint = |key: &str, word: &str| (key.to_owned(), word.to_owned());
    if draft.deciding().is_some() {
        return vec![hint("Esc", "close")];
    }
    if draft.asks_repeat() {
        return vec![hint("y", "once more"), hint("Esc", "back")];
    }
    vec![
        hint("Enter", "go on"),
        hint("Tab", "next field"),
        hint("←→", "choose"),
        hint("Esc", "keep as it is"),
    ]
}
