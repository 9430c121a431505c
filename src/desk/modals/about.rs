//! What a change is done to, as its form shows it: the record in one line, and until when it can be answered.

use serde_json::Value;

use crate::{
    actions::{Gate, Proposal, Subject},
    desk::{
        candidates,
        draft::Draft,
        listing,
        sheet::{Item, Line, Tone},
        state::State,
    },
    model::Customer,
    money::{Currency, Money},
    text,
    time::{DAY_S, Unix},
};

/// Cells of evidence that is there already.
const THERE_MOST: usize = 24;
const HOUR_S: i64 = 3_600;
/// Less than this is little.
const SOON_S: i64 = 2 * DAY_S;
/// Screens lower than this have no room for what stands in the sentence already.
const ROOMY: u16 = 20;

pub(super) fn items(subject: &Subject, state: &State) -> Vec<Item> {
    if !subject.is_read() {
        return Vec::new();
    }
    let value = subject.value();
    let mut items = Vec::new();
    if state.height >= ROOMY {
        let kind = subject.id().kind;
        let columns = listing::columns(&candidates::object(kind));
        let cells = listing::cells(state, columns, &value);
        let shown = columns.iter().zip(&cells).map(|(column, cell)| (column, cell.text().trim().to_owned()));
        let shown = shown.filter(|(_, cell)| !cell.is_empty() && *cell != subject.id().id);
        let shown: Vec<_> = shown
            .map(
                |(of, cell)| {
                    if of.named { format!("{} {cell}", of.column.title.to_lowercase()) } else { cell }
                },
            )
            .collect();
        let label = super::parts::sentence(kind.noun());
        items.push(Item::Pair { label, value: Line::plain(shown.join(" · ")) });
    }
    let due = value.pointer("/evidence_details/due_by").and_then(Value::as_i64).map(Unix);
    items.extend(
        due.filter(|due| due.0 > 0).map(|due| Item::Pair { label: "Answer".into(), value: left(due, state) }),
    );
    items
}

/// What a customer's balance is, and what it becomes by a change of it: `$5.00 of credit → $15.00 of credit`.
pub(super) fn balance(draft: &Draft, state: &State) -> Option<Item> {
    let customer = draft.seen.read::<Customer>()?;
    draft.definition().filter(|action| action.gate == Gate::Credit)?;
    let proposal = draft.proposal(state).ok();
    let currency = customer.currency.or_else(|| Some(proposal.as_ref()?.amount?.currency()));
    let mut value = Line::plain(standing(customer.balance, currency));
    let by = proposal.as_ref().and_then(|proposal: &Proposal| proposal.request.param("amount")?.parse().ok());
    if let Some(after) = by.and_then(|by| customer.balance.checked_add(by)) {
        value = value.then(" → ", Tone::Dim).then(standing(after, currency), Tone::Strong);
    }
    Some(Item::Pair { label: "Balance".into(), value })
}

/// Stripe's sign in words: less than nothing is what the customer has.
fn standing(balance: i64, currency: Option<Currency>) -> String {
    let Some(currency) = currency.filter(|_| balance != 0) else { return "no credit".into() };
    let of = if balance < 0 { "of credit" } else { "owed" };
    let amount = Money::new(balance, currency);
    format!("{} {of}", if balance < 0 { amount.checked_neg().unwrap_or(amount) } else { amount })
}

/// What stands above fields of evidence: which reason asks for them, or that they may help besides; above what comes after.
pub(super) fn group(by: Option<&str>, after_others: bool) -> Option<Item> {
    match by {
        Some("") => Some(Item::Divider("what else may help".into())),
        Some(reason) => Some(Item::Divider(format!("asked for first: {reason}"))),
        None => after_others.then(|| Item::Divider("and then".into())),
    }
}

/// Behind a field of evidence: what is there already, or what Stripe calls it.
pub(super) fn there(draft: &Draft, name: &str) -> Option<Line> {
    let field = draft.definition()?.field(name)?;
    field.asked_for?;
    let path = field.path();
    let value = draft.seen.value();
    let there = value.pointer(&format!("/{}", path.replace('.', "/")));
    let there = there.and_then(|there| there.as_str().or_else(|| there.get("id")?.as_str()));
    Some(match there.filter(|there| !there.is_empty()) {
        Some(there) => {
            Line::toned("✔ ", Tone::Good).then(text::cut(&text::clean(there), THERE_MOST), Tone::Plain)
        }
        None => Line::toned(path.rsplit('.').next().unwrap_or_default(), Tone::Dim),
    })
}

/// The currency in which an amount of the form is.
pub(super) fn currency(draft: &Draft) -> Option<Currency> {
    let value = draft.seen.value();
    let own = value.get("currency").and_then(Value::as_str);
    own.or_else(|| draft.form.get("currency")).and_then(Currency::parse)
}

/// `until 30 Nov 2026 12:00 · 6 days 4 hours left`
fn left(due: Unix, state: &State) -> Line {
    let left = due.since(state.now().plus(state.api.skew_s));
    let until = Line::plain(format!("until {}", due.short(state.zone(), state.now()).trim()));
    if left <= 0 {
        return until.then(" · too late: the deadline has passed", Tone::Bad);
    }
    let tone = if left < SOON_S { Tone::Warn } else { Tone::Strong };
    until.then(format!(" · {} left", span(left)), tone)
}

/// Days and hours; minutes where it is only those.
fn span(seconds: i64) -> String {
    let (days, hours) = (seconds.div_euclid(DAY_S), seconds.rem_euclid(DAY_S).div_euclid(HOUR_S));
    match (days, hours) {
        (0, 0) => text::many(seconds.div_euclid(60).max(1), "minute"),
        (0, hours) => text::many(hours, "hour"),
        (days, 0) => text::many(days, "day"),
        (days, hours) => format!("{} {}", text::many(days, "day"), text::many(hours, "hour")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_said_in_days_and_hours() {
        assert_eq!(span(6 * DAY_S + 4 * HOUR_S + 59), "6 days 4 hours");
        assert_eq!(span(DAY_S), "1 day");
        assert_eq!(span(HOUR_S + 1), "1 hour");
        assert_eq!(span(61), "1 minute");
        assert_eq!(span(5), "1 minute");
    }

    #[test]
    fn a_deadline_that_is_near_or_over_stands_out() {
        let state = crate::desk::fixture::state();
        let shown = |seconds: i64| {
            let line = left(state.now().plus(seconds), &state);
            (line.text(), line.0.last().unwrap().tone)
        };
        assert_eq!(shown(DAY_S), ("until 24 Nov 12:00 · 1 day left".into(), Tone::Warn));
        assert_eq!(shown(9 * DAY_S).1, Tone::Strong);
        assert!(shown(-1).0.contains("too late"));
    }
}
