//! The charges of the open customer, newest first.

use super::{
    Pane, SortKey,
    lists::{self, with_customer},
};
use crate::{
    desk::{
        merged,
        sheet::{Align, Column, Line, Row, Tone},
        state::State,
    },
    model::{Charge, ChargeStatus, InvoiceLine, PaymentIntentId, Record, Subscription},
    text::Untrusted,
};

const COLUMNS: &[Column] = &[
    Column { title: "Date", align: Align::Left, least: 12, grow: 0, drop: 0 },
    Column { title: "Amount", align: Align::Right, least: 10, grow: 0, drop: 0 },
    Column { title: "Status", align: Align::Left, least: 10, grow: 0, drop: 0 },
    Column { title: "For", align: Align::Left, least: 12, grow: 3, drop: 1 },
    Column { title: "Method", align: Align::Left, least: 11, grow: 0, drop: 2 },
];

pub(super) const PANE: Pane = Pane {
    number: "2",
    name: "Charges",
    about: "charges",
    columns: COLUMNS,
    row,
    key,
    ..with_customer!(Charges of Charge in charges, "no charge yet")
};

fn charge(state: &State, at: usize) -> Option<&Record<Charge>> {
    lists::get(state, |folder| folder.charges.value.as_ref(), at)
}

/// A glyph and a word: neither needs a colour.
pub(super) fn status(charge: &Charge) -> Line {
    let refunded = charge.refunded_money();
    let (text, tone) = match &charge.status {
        ChargeStatus::Failed => ("✖ failed".to_owned(), Tone::Bad),
        ChargeStatus::Pending => ("◌ pending".to_owned(), Tone::Warn),
        _ if charge.disputed => ("⚑ disputed".to_owned(), Tone::Bad),
        ChargeStatus::Succeeded if charge.refunded => ("↩ refunded".to_owned(), Tone::Dim),
        ChargeStatus::Succeeded if !refunded.is_zero() => (format!("◐ −{refunded}"), Tone::Warn),
        ChargeStatus::Succeeded if !charge.captured => ("◌ held".to_owned(), Tone::Warn),
        ChargeStatus::Succeeded => ("● paid".to_owned(), Tone::Good),
        ChargeStatus::Other(_) => (format!("? {}", charge.status), Tone::Warn),
    };
    Line::toned(text, tone)
}

/// What it was for, from what is known of the invoices and products; the description otherwise.
pub(super) fn purpose(
    state: &State,
    intent: Option<&PaymentIntentId>,
    description: Option<&Untrusted>,
) -> String {
    let description = description.map_or("", Untrusted::as_str);
    if lists::folder(state).is_none() {
        return description.to_owned();
    }
    let paid = intent.and_then(|intent| {
        lists::folders(state).find_map(|(_, folder)| Some((folder, folder.invoice_of(intent)?)))
    });
    let Some((folder, invoice)) = paid else {
        return if description.is_empty() { "one-off".into() } else { description.to_owned() };
    };
    let plan = invoice.subscription_id().and_then(|id| {
        folder
            .subscriptions
            .value
            .iter()
            .flat_map(|list| &list.rows)
            .find(|subscription| &subscription.id == id)
    });
    // What the invoice was for, and not what the subscription is for by now.
    let line = invoice.main_line();
    let product = line.and_then(InvoiceLine::product_id);
    let now = |plan: &Subscription| {
        product
            .is_none_or(|billed| plan.items.data.iter().any(|item| item.price.product_id() == Some(billed)))
    };
    let named = product.and_then(|id| state.data.product_name(id)).map(str::to_owned);
    let said = line.and_then(|line| line.description.as_ref()).map(|text| text.as_str().to_owned());
    match (named, plan) {
        (_, Some(plan)) if now(plan) => format!("{} · {}", state.data.plan_name(plan), invoice.title()),
        (Some(name), Some(_)) => format!("{name} · {}", invoice.title()),
        (None, Some(_)) => format!("{} · {}", said.unwrap_or_else(|| "another plan".into()), invoice.title()),
        (_, None) => format!("invoice {}", invoice.title()),
    }
}

/// With a mark before it where another charge looks alike; where there are any, the others leave its room free.
fn date(state: &State, charge: &Charge) -> Line {
    let date = charge.created.short(state.zone(), state.now());
    let folder = state.open.as_ref().and_then(|id| state.data.folder(id));
    match folder.map(|folder| &folder.alike).filter(|alike| !alike.is_empty()) {
        Some(alike) if alike.has(&charge.id) => Line::toned("≈ ", Tone::Warn).then(date, Tone::Plain),
        Some(_) => Line::plain(format!("  {date}")),
        None => Line::plain(date),
    }
}

fn row(state: &State, at: usize) -> Option<Row> {
    let charge = charge(state, at)?;
    let failed = charge.status == ChargeStatus::Failed;
    Some(Row {
        cells: vec![
            date(state, charge),
            Line::toned(charge.money().to_string(), if failed { Tone::Dim } else { Tone::Strong }),
            status(charge),
            lists::waiting(
                state,
                charge.id.as_str(),
                merged::tagged(
                    state,
                    charge.customer_id(),
                    Line::plain(purpose(state, charge.payment_intent_id(), charge.description.as_ref())),
                ),
            ),
            Line::toned(charge.method(), Tone::Dim),
        ],
        sign: lists::sign(state, charge.id.as_str()),
    })
}

fn key(state: &State, at: usize, column: usize) -> SortKey {
    let Some(charge) = charge(state, at) else { return SortKey::Number(0) };
    match column {
        0 => SortKey::Number(charge.created.0),
        1 => SortKey::Number(charge.amount),
        2 => SortKey::Text(status(charge).text()),
        3 => SortKey::Text(purpose(state, charge.payment_intent_id(), charge.description.as_ref())),
        _ => SortKey::Text(charge.method()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{
        desk::{
            fixture::{NOW_MS, rows, state},
            panes::PaneId,
        },
        model::{List, Page},
    };

    /// The first charge, whose invoice billed this product.
    fn billed(product: &str, description: &str) -> String {
        let mut state = state();
        let of = json!({"type": "subscription_item_details", "subscription_item_details": {"subscription": "sub_1"}});
        let invoice = json!({"id": "in_1", "number": "A-0012", "status": "paid", "currency": "usd", "total": 9_900,
            "parent": {"subscription_details": {"subscription": "sub_1"}},
            "payments": {"data": [{"id": "inpay_1", "payment": {"type": "payment_intent", "payment_intent": "pi_1"}}]},
            "lines": {"data": [{"id": "il_1", "amount": 9_900, "currency": "usd", "description": description, "parent": of,
                "pricing": {"price_details": {"product": product}}}]}});
        let page = json!({"data": [invoice]}).to_string();
        let folder = state.data.folders.values_mut().next().unwrap();
        folder.invoices.fill(List::from(Page::parse(&page).unwrap()), NOW_MS);
        folder.index_payments();
        rows(&state, PaneId::Charges).remove(0)
    }

    #[test]
    fn a_charge_was_for_what_its_invoice_billed_whatever_the_plan_is_now() {
        assert!(billed("prod_1", "1 × Pro").contains("| Pro · A-0012 |"), "{}", billed("prod_1", "1 × Pro"));
        let before = billed("prod_old", "1 × Growth");
        assert!(before.contains("| 1 × Growth · A-0012 |"), "{before}");
    }
}
