//! Reads as data: how lists go on, what is hidden, what a single object is read as.

use super::*;

fn customer() -> CustomerId {
    CustomerId::parse("cus_1").unwrap()
}

#[test]
fn lists_go_on_where_the_page_before_ended_and_searches_at_their_token() {
    let look = Look { want: Want::Charges(customer()), after: Some("ch_9".into()) };
    let target = look.request().target();
    assert!(target.contains("customer=cus_1") && target.ends_with("starting_after=ch_9"), "{target}");
    let look = Look { want: Want::SameCard("fp".into()), after: Some("tok".into()) };
    assert!(look.request().target().ends_with("page=tok"));
}

#[test]
fn no_read_changes_anything_and_invoices_are_behind_their_rule() {
    let id = |id: &str| AnyId::parse(id).unwrap();
    let invoice = InvoiceId::parse("in_1").unwrap();
    let subscription = SubscriptionId::parse("sub_1").unwrap();
    for (want, hidden) in [
        (Want::Object(id("ch_1")), false),
        (Want::Object(id("in_1")), true),
        (Want::LinesOf(invoice.clone()), true),
        (Want::NotesOf(invoice), true),
        (Want::CreditNotes(customer()), true),
        (Want::CreditNotesSince(Unix(5)), true),
        (Want::BalanceEntries(customer()), false),
        (Want::Upcoming(subscription.clone()), true),
        (Want::InvoicesOf(subscription), true),
        (Want::Subscriptions(customer()), false),
        (Want::ChangesAround(Unix(5)), false),
    ] {
        assert!(!Look::first(want.clone()).request().is_write(), "{want:?}");
        assert_eq!(want.gate() == Gate::InvoicesView, hidden, "{want:?}");
    }
}

#[test]
fn an_object_is_a_page_of_one() {
    let look = Look::first(Want::Object(AnyId::parse("ch_1").unwrap()));
    let Found::Charges(page) = look.read(r#"{"id":"ch_1","amount":5,"currency":"usd"}"#).unwrap() else {
        panic!("no charge")
    };
    assert_eq!((page.rows.len(), page.has_more, page.rows[0].amount), (1, false, 5));
    assert!(look.read(r#"{"id":"ch_1","amount":"many"}"#).is_err());
}
