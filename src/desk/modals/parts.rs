//! What the forms of changes show alike: title, what moved, verdicts, and at the bottom, always in view, what stands most in
//! the way and what Enter does now.

use super::{about, rules};
use crate::{
    actions::{Action, FieldError, FieldKind},
    desk::{
        draft::{Do, Draft, Enter, Standing, key},
        form::{CONFIRM, Entry, Form},
        linked, merged,
        picking::OPTIONS_MOST,
        sheet::{Item, Line, Offer, Sheet, Tone},
        state::State,
    },
    policy::Mark,
};

/// Screens narrower than this leave out what can be looked up elsewhere.
pub(super) const ROOMY: u16 = 72;
/// Screens lower than this say nothing that is not asked for.
const ROOMY_ROWS: u16 = 20;
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
    // Whatever is filled in: nothing can be sent.
    if let (Standing::Wrong(_), Some(why)) = (&standing, state.policy.why_closed()) {
        pinned.push(Item::Verdict { mark: Mark::Deny, text: format!("nothing may be changed: {why}") });
    }
    pinned.extend(last(draft, &standing, state));
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
    // A dispute names its charge alone: whose that is, the desk knows.
    let own = draft.seen.customer().or_else(|| linked::owner(state, &draft.seen));
    own.map_or_else(String::new, |id| merged::named(state, &id))
}

/// What moved, or what stopped it last time.
fn told(draft: &Draft) -> Vec<Item> {
    let mut items: Vec<_> =
        draft.told.iter().map(|(tone, text)| Item::Text(Line::toned(text.clone(), *tone))).collect();
    if let Some(why) = draft.facts_trouble() {
        let again = key(Do::Read);
        items.push(Item::Text(Line::toned(format!("✖ {why} · {again} reads again"), Tone::Bad)));
    }
    if !items.is_empty() {
        items.push(Item::Gap);
    }
    items
}

/// A field with `after` behind it, and what is wrong with it below: behind it there is no room on a small screen. Options that
/// the policy denies say so.
pub(super) fn field(draft: &Draft, state: &State, name: &str, after: Line) -> Vec<Item> {
    let after = if after.0.is_empty() { beside(draft, name) } else { after };
    let mut items: Vec<_> = draft.form.item(name, after).into_iter().collect();
    if let Some(Item::Choice { options, .. }) = items.first_mut() {
        for (offer, denied) in options.iter_mut().zip(draft.denied(name, state)) {
            // The rule itself stands below once it is chosen.
            offer.denied = denied.map(|_| "not allowed".to_owned());
        }
        around_chosen(options);
    }
    items.extend(jumped(&draft.form, name));
    if let Standing::Wrong(error) = draft.standing(state)
        && !items.is_empty()
    {
        // What is wrong with the whole stands beside the field that it is about, and what is wrong with another one beside that.
        let wrong = if error.field == name { Some(error) } else { draft.wrong_by_itself(name, state) };
        let below = |error: FieldError| Line::toned(draft.in_words(&error.reason), Tone::Bad);
        items.extend(wrong.map(|error| Item::Pair { label: String::new(), value: below(error) }));
    }
    items
}

/// A field of a form without a verdict: what is wrong with it or, where keys go to it, what it is for.
pub(super) fn plain_field(
    form: &Form,
    action: &Action,
    (name, error): (&str, Option<&FieldError>),
    state: &State,
) -> Vec<Item> {
    let mut items: Vec<_> = form.item(name, said(form, name)).into_iter().collect();
    if let Some(Item::Choice { options, .. }) = items.first_mut() {
        around_chosen(options);
    }
    items.extend(jumped(form, name));
    let below =
        |words: &str, tone: Tone| Item::Pair { label: String::new(), value: Line::toned(words, tone) };
    match error.filter(|error| error.field == name) {
        // What nobody began to fill in is not wrong yet.
        Some(error) if form.get(name).is_some() => {
            items.push(below(&action.on_form(&error.reason), Tone::Bad));
        }
        _ => items.extend(help(form, action, name, state)),
    }
    items
}

/// What letters did to the choice that they were typed on.
fn jumped(form: &Form, name: &str) -> Option<Item> {
    let says = form.jumped().filter(|_| form.focused() == name)?;
    Some(Item::Pair { label: String::new(), value: Line::toned(says, Tone::Warn) })
}

/// What the field that keys go to is for, where there is room to say so.
pub(super) fn help(form: &Form, action: &Action, name: &str, state: &State) -> Option<Item> {
    let field = action.field(name).filter(|_| form.focused() == name && state.height >= ROOMY_ROWS)?;
    let value = Line::toned(field.help, Tone::Dim);
    Some(Item::Pair { label: String::new(), value })
}

/// What is known of the value that stands in a field; of an amount, its currency.
fn beside(draft: &Draft, name: &str) -> Line {
    let field = draft.definition().and_then(|action| action.field(name));
    let money = field.is_some_and(|field| field.kind == FieldKind::Money);
    let currency = about::currency(draft).filter(|_| money);
    currency.map_or_else(|| said(&draft.form, name), |currency| Line::plain(currency.to_string()))
}

/// What is known of the value that stands in a field.
fn said(form: &Form, name: &str) -> Line {
    let said = form.entry(name).and_then(Entry::said);
    said.map_or_else(Line::default, |said| Line::toned(said, Tone::Info))
}

/// Of many options, those around the chosen one: the others are in a list of their own.
fn around_chosen(options: &mut Vec<Offer>) {
    let all = options.len();
    if all <= OPTIONS_MOST {
        return;
    }
    let chosen = options.iter().position(|offer| offer.chosen);
    let from = chosen.unwrap_or(0).saturating_sub(1);
    *options = options.drain(..).skip(from).take(3).collect();
    let says = format!("… {all} in all");
    options.push(Offer { says, ..Offer::default() });
}

/// With a capital, as a sentence of its own.
pub(super) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The confirmation, or why there can be none.
fn last(draft: &Draft, standing: &Standing, state: &State) -> Vec<Item> {
    if draft.deciding().is_some() {
        return vec![Item::Text(Line::toned("deciding on fresh facts…", Tone::Info))];
    }
    let keep = |line: Line| {
        let close = format!("   {}", key(Do::Close));
        line.then(close, Tone::Key).then(" changes nothing", Tone::Dim)
    };
    let mut items = Vec::new();
    if draft.asks_repeat() {
        let line =
            Line::toned(key(Do::OnceMore), Tone::Key).then(" does it once more all the same", Tone::Warn);
        items.push(Item::Text(keep(line)));
    }
    let enter = || Line::toned(key(Do::Enter), Tone::Key);
    match draft.enter_does(standing, state) {
        Enter::Nothing => {}
        Enter::Moves(what) => items.push(Item::Text(keep(enter().then(format!(" {what}"), Tone::Plain)))),
        Enter::Waits(_) => {
            let blank = draft.form.entry(draft.form.focused()).filter(|entry| entry.get().is_none());
            // Of fields of which one or the other is wanted, none is named.
            let any = matches!(standing, Standing::Wrong(error) if !draft.requires(&error.field));
            let when = match blank {
                None => "this is right".to_owned(),
                Some(_) if any => "something is filled in".to_owned(),
                Some(entry) => format!("“{}” is filled in", entry.label),
            };
            let line = Line::toned(format!("{} goes on once {when}", key(Do::Enter)), Tone::Dim);
            items.push(Item::Text(keep(line)));
        }
        Enter::Denied(why) => items.push(Item::Text(Line::toned(format!("✖ {why}"), Tone::Bad))),
        Enter::Types { .. } => items.extend(draft.form.item(CONFIRM, Line::default())),
        Enter::Confirms { what, once_more } => {
            let line = if draft.is_armed() { enter().then(" once more", Tone::Warn) } else { enter() };
            let line = line.then(format!(" {what}"), Tone::Strong);
            let line = if once_more { line.then(" (asks once more)", Tone::Dim) } else { line };
            items.push(Item::Text(keep(line)));
        }
    }
    items.extend(draft.says.as_ref().map(|says| Item::Text(Line::toned(says.clone(), Tone::Warn))));
    items
}
