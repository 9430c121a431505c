//! What Stripe tells beforehand, as a form shows it: the lines one by one, what is due now and what comes with the next
//! invoice; of a credit note, where its money goes.

use serde::Deserialize as _;
use serde_json::Value;

use crate::{
    actions::Proposal,
    answers::Due,
    desk::{
        draft::{Draft, Foretold},
        sheet::{Item, Line, Tone},
        state::State,
        words,
    },
    model::{Invoice, InvoiceLine},
    money::{Currency, Money},
    text::Untrusted,
};

/// Lines that are shown one by one.
const LINES_MOST: usize = 8;
/// Screens lower than this show sums alone.
const ROOMY: u16 = 24;

/// Screens at least this high have room for all of it.
const HIGH: u16 = 36;

/// What it comes to in a line, where the rest may be out of sight: that stays in view above what Enter does.
pub(super) fn brief(draft: &Draft, state: &State) -> Option<Item> {
    let due = draft.due(state).filter(|_| state.height < HIGH)?;
    Some(pair("Preview", Line::toned(due.words(), Tone::Strong)))
}

/// The sentence, with what Stripe told of what is billed in the place of what could only be supposed.
pub(super) fn sentence(draft: &Draft, proposal: &Proposal, state: &State) -> String {
    let said = words::sentence(state, proposal);
    let Some(billed) = &proposal.terms.billed else { return said };
    let told = match draft.foretold() {
        Foretold::Told(_) => draft.due(state).map(|due| due.words()),
        Foretold::Asking => Some("Stripe is asked what is billed".to_owned()),
        Foretold::Nothing | Foretold::Failed(_) => None,
    };
    told.map_or_else(|| said.clone(), |told| said.replacen(billed.as_str(), &told, 1))
}

/// The preview, between fields and verdict.
pub(super) fn items(draft: &Draft, state: &State) -> Vec<Item> {
    let told = match draft.foretold() {
        Foretold::Nothing => return Vec::new(),
        Foretold::Asking => {
            let words = Line::toned("asking Stripe what it comes to…", Tone::Dim);
            return vec![Item::Divider("preview".into()), Item::Text(words)];
        }
        Foretold::Failed(trouble) => {
            let words = Line::toned(format!("no preview: {}", trouble.what), Tone::Warn);
            return vec![Item::Divider("preview".into()), Item::Text(words)];
        }
        Foretold::Told(record) => record.object(),
    };
    let Some(currency) = currency(told) else { return Vec::new() };
    let mut items = vec![Item::Divider("preview by Stripe".into())];
    if is_credit_note(told) {
        items.extend(credit_note(told, currency));
    } else if let (Ok(told), Some(due)) = (Invoice::deserialize(told), draft.due(state)) {
        items.extend(invoice(&told, due, state));
    }
    items
}

fn is_credit_note(told: &Value) -> bool {
    told.get("object").and_then(Value::as_str) == Some("credit_note")
}

fn currency(told: &Value) -> Option<Currency> {
    told.get("currency").and_then(Value::as_str).and_then(Currency::parse)
}

fn minor(holder: &Value, name: &str) -> Option<i64> {
    holder.get(name).and_then(Value::as_i64)
}

fn pair(label: &str, value: Line) -> Item {
    Item::Pair { label: label.to_owned(), value }
}

fn money(label: &str, minor: i64, currency: Currency, after: &str) -> Item {
    let value = Line::toned(Money::new(minor, currency).to_string(), Tone::Strong);
    pair(label, value.then(after, Tone::Dim))
}

fn lines(invoice: &Invoice) -> impl Iterator<Item = &InvoiceLine> {
    invoice.lines.data.iter()
}

/// Credit and charge of the change, what of it is due now, and the next invoice.
fn invoice(invoice: &Invoice, due: Due, state: &State) -> Vec<Item> {
    let currency = invoice.currency;
    let prorated: Vec<_> = lines(invoice).filter(|line| line.is_proration()).collect();
    let sum = |keep: fn(&i64) -> bool| prorated.iter().map(|line| line.amount).filter(keep).sum::<i64>();
    let (credit, charge) = (sum(|minor| *minor < 0), sum(|minor| *minor > 0));
    let mut items = Vec::new();
    // A bill of its own is told with all that is on it.
    let told: Vec<_> = if due.at_once { lines(invoice).collect() } else { prorated.clone() };
    if state.height >= ROOMY {
        items.extend(told.iter().take(LINES_MOST).map(|line| one(line, currency)));
        let hidden = told.len().saturating_sub(LINES_MOST);
        if hidden > 0 {
            items.push(Item::Text(Line::toned(format!("and {hidden} lines more"), Tone::Dim)));
        }
    }
    if !prorated.is_empty() {
        let value = Line::toned(Money::new(credit, currency).to_string(), Tone::Good)
            .then(" credit · ", Tone::Dim)
            .then(Money::new(charge, currency).to_string(), Tone::Strong)
            .then(" charge", Tone::Dim);
        items.push(pair("Proration", value));
    }
    let Due { told, at_once, on, .. } = due;
    let due = told.due.minor();
    if at_once && due == 0 {
        items.push(money("Due now", 0, currency, " nothing is billed"));
    } else if at_once {
        items.push(money("Due now", due, currency, " is billed as soon as it is sent"));
    } else {
        items.push(money("Due now", 0, currency, " nothing is billed before the next invoice"));
        let after = on.map_or_else(String::new, |on| format!(" on {on}, with everything on it"));
        items.push(money("Next invoice", due, currency, &after));
    }
    if !told.left.is_zero() {
        items.push(money("Credit", told.left.minor(), currency, " stay as credit for what comes later"));
    }
    items
}

/// `−$12.30  Unused time on Growth after 23 Nov 2026`
fn one(line: &InvoiceLine, currency: Currency) -> Item {
    let amount = Money::new(line.amount, currency);
    let tone = if amount.is_negative() { Tone::Good } else { Tone::Plain };
    let shown = amount.to_string();
    let what = line.description.as_ref().map_or("", Untrusted::as_str);
    Item::Text(Line::toned(format!("{shown:>12}"), tone).then(format!("  {what}"), Tone::Plain))
}

fn credit_note(told: &Value, currency: Currency) -> Vec<Item> {
    let mut items = Vec::new();
    let mut add = |label: &str, name: &str, after: &str| {
        if let Some(amount) = minor(told, name).filter(|amount| *amount != 0) {
            items.push(money(label, amount, currency, after));
        }
    };
    add("Credit", "total", " in all");
    add("Owed less", "pre_payment_amount", " off what is still to pay");
    add("Credited", "post_payment_amount", " of what was paid already");
    add("Elsewhere", "out_of_band_amount", " is given back outside of Stripe");
    items
}
