//! What the desk has read of a customer already, as answers take it: nothing of it is read again.

use super::{
    data::{Folder, Slot},
    panes::PaneId,
    state::State,
};
use crate::{
    answers::{
        Bag, Found, Want,
        duplicates::{self, Marks, Paid, Scene, Sources},
    },
    model::{Charge, ChargeId, CustomerId, List, Object, Page, Record},
    time::DAY_S,
};

/// So many charges are looked at beside one.
const ALIKE_MOST: usize = 20;

/// Rows and whether they are all there are.
fn page<T>(list: &List<T>) -> Page<T> {
    Page { rows: list.rows.clone(), has_more: list.has_more, next: None, unreadable: list.unreadable }
}

/// The rows of a pane over a list of its own, where it was shown; and whether they are all there are.
fn of_pane<T: Object>(folder: &Folder, pane: PaneId) -> Option<(Page<T>, bool)> {
    let slot = folder.lists.get(&pane)?;
    let rows = slot.value.as_ref()?.rows.iter();
    let rows: Option<Vec<_>> = rows.map(|row| Record::parse(row.raw().to_string()).ok()).collect();
    let whole = is_whole(slot) && rows.is_some();
    Some((Page { rows: rows?, ..Page::default() }, whole))
}

/// Read to its end, and nothing has moved since.
fn is_whole<T>(slot: &Slot<List<T>>) -> bool {
    let whole = slot.value.as_ref().is_some_and(|list| !list.has_more && list.unreadable == 0);
    whole && slot.trouble.is_none() && !slot.is_old && !slot.behind_is_old
}

/// Everything that is known of a customer.
pub(super) fn bag(state: &State, customer: &CustomerId) -> Bag {
    let mut bag = Bag::default();
    let products = state.data.products.values().cloned().collect();
    bag.know(
        Want::Object(customer.any()),
        Found::Products(Page { rows: products, ..Page::default() }),
        false,
    );
    if let Some(known) = state.data.customer(customer) {
        let rows = vec![known.clone()];
        bag.know(Want::Object(customer.any()), Found::Customers(Page { rows, ..Page::default() }), false);
    }
    let Some(folder) = state.data.folder(customer) else { return bag };
    let whose = || customer.clone();
    macro_rules! list {
        ($field:ident, $want:ident, $found:ident) => {
            if let Some(list) = &folder.$field.value {
                bag.know(Want::$want(whose()), Found::$found(page(list)), is_whole(&folder.$field));
            }
        };
    }
    list!(charges, Charges, Charges);
    list!(invoices, Invoices, Invoices);
    list!(subscriptions, Subscriptions, Subscriptions);
    list!(methods, Methods, Methods);
    lists_of(folder, &mut bag, |_| true);
    macro_rules! pane {
        ($pane:ident, $want:ident, $found:ident) => {
            if let Some((rows, whole)) = of_pane(folder, PaneId::$pane) {
                bag.know(Want::$want(whose()), Found::$found(rows), whole);
            }
        };
    }
    pane!(CreditNotes, CreditNotes, Notes);
    pane!(Balance, BalanceEntries, BalanceEntries);
    for (subscription, slot) in &folder.upcoming {
        if let Some(invoice) = slot.value.as_ref().filter(|_| slot.trouble.is_none() && !slot.is_old) {
            let found = Found::Upcoming(Box::new(invoice.clone()));
            bag.know(Want::Upcoming(subscription.clone()), found, true);
        }
    }
    bag
}

/// So many charges, the newest, are looked through for marks whenever some come: a page of the next must not cost the more the
/// longer somebody has been a customer. The sheet of duplicates looks at all of them.
const MARKED_MOST: usize = 5_000;

/// Which of a customer's charges stand out.
pub(super) fn marks(folder: &Folder) -> Marks {
    let invoice = |at: &usize| folder.invoices.value.as_ref()?.rows.get(*at).map(Record::object);
    let paid = folder
        .paid_by
        .iter()
        .filter_map(|(intent, at)| Some(Paid { by: intent.as_str(), invoice: invoice(at)? }));
    let subscriptions = folder.subscriptions.value.iter().flat_map(|list| &list.rows);
    let sources = Sources {
        paid: paid.collect(),
        subscriptions: subscriptions.map(Record::object).collect(),
        customers: folder.customer.value.iter().map(Record::object).collect(),
        disputes: folder
            .disputes
            .values()
            .flat_map(|slot| &slot.value)
            .flat_map(|list| &list.rows)
            .map(Record::object)
            .collect(),
    };
    let charges = folder.charges.value.iter().flat_map(|list| list.rows.iter().take(MARKED_MOST));
    let charges = charges.map(Record::object);
    Marks::of(&duplicates::find(&Scene::new(charges, &sources)))
}

/// What is known of the customer that concerns one of their charges: what paid it, its refunds and disputes, its invoice and the
/// subscription behind that. The same of what may be the same payment; of thousands of others nothing.
pub(super) fn around(state: &State, customer: &CustomerId, charge: &Charge) -> Bag {
    let mut bag = Bag::default();
    let Some(folder) = state.data.folder(customer) else { return bag };
    let near = within_a_day(folder.charges.value.as_ref().map_or(&[], |list| &list.rows), charge);
    if let Some(own) = near.iter().find(|row| row.id == charge.id) {
        let twins = near.iter().filter(|row| alike(row, own)).take(ALIKE_MOST);
        for row in twins.chain([own]) {
            charge_and_invoice(folder, &mut bag, row);
        }
    }
    lists_of(folder, &mut bag, |id| *id == charge.id);
    bag
}

/// The rows of a list, newest first, that were made within a day of this one.
fn within_a_day<'a>(rows: &'a [Record<Charge>], of: &Charge) -> &'a [Record<Charge>] {
    let later = rows.partition_point(|row| row.created.since(of.created) > DAY_S);
    let until = rows.partition_point(|row| row.created.since(of.created) >= -DAY_S);
    rows.get(later..until).unwrap_or_default()
}

/// The same amount of the same customer.
fn alike(one: &Charge, other: &Charge) -> bool {
    (one.amount, one.currency) == (other.amount, other.currency)
}

/// A charge, the invoice that it paid, and the subscription behind that.
fn charge_and_invoice(folder: &Folder, bag: &mut Bag, charge: &Record<Charge>) {
    let rows = vec![charge.clone()];
    bag.know(Want::Object(charge.id.any()), Found::Charges(Page { rows, ..Page::default() }), false);
    let Some(invoice) = charge.payment_intent_id().and_then(|intent| folder.invoice_of(intent)) else {
        return;
    };
    let rows = vec![invoice.clone()];
    bag.know(Want::Object(invoice.id.any()), Found::Invoices(Page { rows, ..Page::default() }), false);
    let subscriptions = folder.subscriptions.value.iter().flat_map(|list| &list.rows);
    let own = subscriptions.filter(|row| Some(&row.id) == invoice.subscription_id());
    for row in own {
        let rows = vec![row.clone()];
        bag.know(Want::Object(row.id.any()), Found::Subscriptions(Page { rows, ..Page::default() }), false);
    }
}

/// Refunds and disputes of the charges that are meant.
fn lists_of(folder: &Folder, bag: &mut Bag, meant: impl Fn(&ChargeId) -> bool) {
    for (charge, slot) in folder.disputes.iter().filter(|(charge, _)| meant(charge)) {
        if let Some(list) = &slot.value {
            bag.know(Want::DisputesOf(charge.clone()), Found::Disputes(page(list)), is_whole(slot));
        }
    }
    for (charge, slot) in folder.refunds.iter().filter(|(charge, _)| meant(charge)) {
        if let Some(list) = &slot.value {
            bag.know(Want::RefundsOf(charge.clone()), Found::Refunds(page(list)), is_whole(slot));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::ui::sample;

    const MIN: usize = 60;

    fn charge(at: usize, ago_s: usize) -> Value {
        sample::charge(at, i64::try_from(ago_s).unwrap(), 9_900)
    }

    fn folder(charges: &[Value]) -> Folder {
        Folder { charges: sample::rows(charges, false), ..Folder::default() }
    }

    fn words(charges: &[Value]) -> Option<String> {
        marks(&folder(charges)).words()
    }

    #[test]
    fn two_alike_minutes_apart_are_likely_a_duplicate() {
        let all = [charge(0, 2 * MIN), charge(1, 6 * MIN), charge(2, 600 * MIN)];
        let alike = marks(&folder(&all));
        assert_eq!(alike.words().unwrap(), "2 charges of $99.00, 4 min apart, same card: likely a duplicate");
        let marked: Vec<_> =
            folder(&all).charges.value.unwrap().rows.iter().map(|charge| alike.has(&charge.id)).collect();
        assert_eq!(marked, [true, true, false]);
    }

    #[test]
    fn three_in_a_row_are_one_group_and_an_older_pair_is_another() {
        let all = [
            charge(0, MIN),
            charge(1, 4 * MIN),
            charge(2, 10 * MIN),
            charge(3, 5_000 * MIN),
            charge(4, 5_001 * MIN),
        ];
        assert_eq!(
            words(&all).unwrap(),
            "3 charges of $99.00, within 9 min, same card: likely duplicates · 1 more like this"
        );
    }

    #[test]
    fn what_differs_in_anything_is_none() {
        let pair = || [charge(0, 2 * MIN), charge(1, 6 * MIN)];
        assert!(words(&pair()).is_some());
        let changes: [(&str, &str, Value); 8] = [
            ("another amount", "/amount", json!(9_901)),
            ("another currency", "/currency", json!("eur")),
            ("refunded", "/amount_refunded", json!(9_900)),
            ("disputed", "/disputed", json!(true)),
            ("failed", "/status", json!("failed")),
            ("held only", "/captured", json!(false)),
            ("another card", "/payment_method_details/card/last4", json!("4444")),
            ("another brand", "/payment_method_details/card/brand", json!("mastercard")),
        ];
        for (what, path, value) in changes {
            let mut other = pair();
            // What is not there yet is added.
            match other[1].pointer_mut(path) {
                Some(place) => *place = value,
                None => other[1][path.trim_start_matches('/')] = value,
            }
            assert_eq!(words(&other), None, "{what}");
        }
        assert_eq!(words(&[charge(0, 2 * MIN), charge(1, 48 * MIN)]), None, "an hour apart");
    }

    #[test]
    fn a_fingerprint_tells_cards_apart_better_than_four_digits() {
        let mut pair = [charge(0, 2 * MIN), charge(1, 6 * MIN)];
        for (at, print) in ["one", "two"].into_iter().enumerate() {
            pair[at]["payment_method_details"]["card"]["fingerprint"] = json!(print);
        }
        assert_eq!(words(&pair), None);
        pair[1]["payment_method_details"]["card"]["fingerprint"] = json!("one");
        assert!(words(&pair).is_some());
    }

    #[test]
    fn renewals_are_none_not_even_two_in_the_same_hour() {
        let monthly: Vec<_> = (0..6).map(|month| charge(month, month * 43_200 * MIN)).collect();
        assert_eq!(words(&monthly), None);
        let paid = |number: &str, intents: &[&str]| {
            let payments: Vec<_> = intents
                .iter()
                .map(|intent| json!({"payment": {"type": "payment_intent", "payment_intent": intent}}))
                .collect();
            json!({"id": number, "number": number, "currency": "usd", "payments": {"data": payments}})
        };
        let with = |invoices: &[Value]| {
            let mut folder = folder(&[charge(0, 2 * MIN), charge(1, 6 * MIN)]);
            folder.invoices = sample::rows(invoices, false);
            folder.index_payments();
            folder.alike.words()
        };
        assert_eq!(with(&[paid("in_1", &["pi_0"]), paid("in_2", &["pi_1"])]), None, "two subscriptions");
        assert!(with(&[paid("in_1", &["pi_0", "pi_1"])]).is_some(), "one invoice paid twice");
        assert!(with(&[paid("in_1", &["pi_0"])]).is_some(), "one of them paid no invoice");
    }
}
