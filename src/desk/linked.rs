//! The records around one record, in the order in which an agent wants them, with what the desk knows of each already.

use std::sync::Arc;

use super::{
    fields, panes,
    records::{self, Linked},
    sheet::{Line, Tone},
    state::State,
};
use crate::{
    actions::Subject,
    model::{AnyId, ChargeId, CustomerId, Kind},
    text,
};

/// The records that this one names, and those that name it, as far as the desk knows them.
pub(super) fn around(state: &State, id: &AnyId, raw: Option<&str>) -> Vec<Linked> {
    let mut links = raw.map(|raw| records::links(raw, state.zone())).unwrap_or_default();
    if id.kind == Kind::Charge {
        for link in around_charge(state, &id.id) {
            match links.iter_mut().find(|known| known.id == link.id) {
                Some(twin) => *twin = link,
                None => links.push(link),
            }
        }
    }
    for link in links.iter_mut().filter(|link| link.known.is_empty()) {
        link.known = words(state, &link.id);
    }
    links.sort_by_key(|link| rank(link.id.kind));
    links
}

/// Whose a record is that names no customer itself: that of the charge that it names.
pub(super) fn owner(state: &State, subject: &Subject) -> Option<CustomerId> {
    let value = subject.value();
    let charge = value.get("charge").and_then(|link| link.as_str().or_else(|| link.get("id")?.as_str()))?;
    state.data.owner(&AnyId { kind: Kind::Charge, id: charge.to_owned() })
}

/// What is followed most comes first.
fn rank(kind: Kind) -> usize {
    const ORDER: &[Kind] = &[
        Kind::Invoice,
        Kind::Refund,
        Kind::Dispute,
        Kind::Charge,
        Kind::Customer,
        Kind::Subscription,
        Kind::PaymentIntent,
        Kind::PaymentMethod,
        Kind::Product,
        Kind::Price,
        Kind::BalanceTransaction,
    ];
    ORDER.iter().position(|known| *known == kind).unwrap_or(ORDER.len())
}

/// Disputes and the paid invoice: a charge does not name them itself.
fn around_charge(state: &State, id: &str) -> Vec<Linked> {
    let Ok(id) = ChargeId::parse(id) else { return Vec::new() };
    let mut links = Vec::new();
    for folder in state.data.folders.values() {
        let disputes = folder.disputes.get(&id).and_then(|slot| slot.value.as_ref());
        links.extend(disputes.into_iter().flat_map(|list| &list.rows).map(|dispute| Linked {
            id: dispute.id.any(),
            label: "dispute".into(),
            known: format!("{} · {}", dispute.money(), dispute.status).replace('_', " "),
        }));
        let refunds = folder.refunds.get(&id).and_then(|slot| slot.value.as_ref());
        links.extend(refunds.into_iter().flat_map(|list| &list.rows).map(|refund| {
            Linked {
                id: refund.id.any(),
                label: "refund".into(),
                known: format!(
                    "{} · {} · {}",
                    refund.money(),
                    refund.status,
                    refund.created.short_date(state.zone(), state.now()).trim()
                )
                .replace('_', " "),
            }
        }));
        let charge = folder.charges.value.iter().flat_map(|list| &list.rows).find(|charge| charge.id == id);
        let Some(intent) = charge.and_then(|charge| charge.payment_intent_id()) else { continue };
        let paid = folder.invoices.value.iter().flat_map(|list| &list.rows).filter(|invoice| {
            let mut payments = invoice.payments.iter().flat_map(|payments| &payments.data);
            payments.any(|payment| payment.payment.payment_intent_id() == Some(intent))
        });
        links.extend(paid.map(|invoice| Linked {
            id: invoice.id.any(),
            label: "paid invoice".into(),
            known: words(state, &invoice.id.any()),
        }));
    }
    links
}

/// What a charge paid for, from the invoice that it paid: a row a line, as the invoice says it.
pub(super) fn paid_for(state: &State, id: &AnyId) -> Vec<(String, Line)> {
    let Some(id) = ChargeId::parse(&id.id).ok().filter(|_| id.kind == Kind::Charge) else {
        return Vec::new();
    };
    let paid = state.data.folders.values().find_map(|folder| {
        let charges = folder.charges.value.iter().flat_map(|list| &list.rows);
        let charge = charges.into_iter().find(|charge| charge.id == id)?;
        folder.invoice_of(charge.payment_intent_id()?)
    });
    let Some(invoice) = paid else { return Vec::new() };
    let rows = records::rows(Kind::Invoice, invoice.raw(), state.zone());
    let lines = rows.into_iter().filter(|(label, _)| label == fields::LINE);
    lines.map(|(_, line)| ("For".to_owned(), line)).collect()
}

/// What the desk knows of a record: name, amount, status, date.
fn words(state: &State, id: &AnyId) -> String {
    let zone = state.zone();
    macro_rules! find {
        ($field:ident) => {
            state
                .data
                .folders
                .values()
                .filter_map(|folder| folder.$field.value.as_ref())
                .flat_map(|list| &list.rows)
                .find(|row| row.id.as_str() == id.id)
        };
    }
    let known = match id.kind {
        Kind::Customer => {
            CustomerId::parse(&id.id).ok().and_then(|id| Some(state.data.customer(&id)?.title().to_owned()))
        }
        Kind::Charge => find!(charges).map(|charge| {
            let at = charge.created.short_date(zone, state.now());
            format!("{} · {} · {}", charge.money(), panes::charge_status(charge), at.trim())
        }),
        Kind::Subscription => find!(subscriptions).map(|row| {
            let plan = state.data.plan_name(row);
            format!("{plan} · {} · {}", row.amount_words(), panes::subscription_state(state, row))
        }),
        Kind::Invoice => find!(invoices).map(|invoice| {
            let at = invoice.created.short_date(zone, state.now());
            let status = panes::invoice_status(state, invoice);
            format!("{} · {} · {status} · {}", invoice.title(), invoice.money(), at.trim())
        }),
        Kind::PaymentMethod => find!(methods).map(|method| method.words()),
        Kind::Product => {
            let mut products = state.data.products.values();
            products.find(|row| row.id.as_str() == id.id).map(|product| product.name.as_str().to_owned())
        }
        _ => None,
    };
    known.unwrap_or_default()
}

/// The JSON of a record that the desk has already.
pub(super) fn known_raw(state: &State, id: &AnyId) -> Option<Arc<str>> {
    macro_rules! in_list {
        ($folder:ident . $field:ident) => {
            $folder
                .$field
                .value
                .iter()
                .flat_map(|list| &list.rows)
                .find(|row| row.id.as_str() == id.id)
                .map(|row| row.raw().clone())
        };
    }
    let mut folders = state.data.folders.values();
    match id.kind {
        Kind::Customer => {
            let customer = CustomerId::parse(&id.id).ok();
            customer.and_then(|id| state.data.customer(&id)).map(|customer| customer.raw().clone())
        }
        Kind::Charge => folders.find_map(|folder| in_list!(folder.charges)),
        Kind::Subscription => folders.find_map(|folder| in_list!(folder.subscriptions)),
        Kind::Invoice => folders.find_map(|folder| in_list!(folder.invoices)),
        Kind::PaymentMethod => folders.find_map(|folder| in_list!(folder.methods)),
        Kind::Product => {
            let mut products = state.data.products.values();
            products.find(|product| product.id.as_str() == id.id).map(|row| row.raw().clone())
        }
        _ => None,
    }
}

/// A record that the desk has read already, as what an action is done to.
pub(super) fn known(state: &State, id: &AnyId) -> Option<Subject> {
    known_raw(state, id).and_then(|raw| subject(id, &raw))
}

/// What an action on the record is done to.
pub(super) fn subject(id: &AnyId, raw: &Arc<str>) -> Option<Subject> {
    Subject::parse(id, Arc::clone(raw)).ok()
}

/// The links in three columns: what it is here, what is known of it, its id. What is known is cut before the id is.
pub(super) fn lines(state: &State, links: &[Linked]) -> Vec<Line> {
    let widest = |width: fn(&Linked) -> usize| links.iter().map(width).max().unwrap_or(0);
    let labels = widest(|link| text::width(&link.label)).saturating_add(2);
    let ids = widest(|link| text::width(&link.id.id)).saturating_add(2);
    let room = usize::from(state.width).saturating_sub(4).saturating_sub(labels).saturating_sub(ids);
    let known = widest(|link| text::width(&link.known)).min(room.max(8));
    let pad = |words: &str, cells: usize| text::padded(&text::cut(words, cells), cells);
    let line = |link: &Linked| {
        Line::toned(pad(&link.label, labels), Tone::Dim)
            .then(pad(&link.known, known), Tone::Plain)
            .then(format!("  {}", link.id.id), Tone::Accent)
    };
    links.iter().map(line).collect()
}
