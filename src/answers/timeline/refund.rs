//! Where a refund is: how it stands, how and by when the bank shows it, by which reference it is found, what to do, and what the
//! customer can be told.

use super::made_by;
use crate::{
    actions::Moment,
    answers::{
        Bag,
        explain::day,
        reply::{Fact, Reply},
        told::SHOWN_S,
    },
    model::{Charge, Refund, RefundStatus},
    text::Untrusted,
    time::Unix,
};

/// By which a bank finds it, and what that number is called.
fn reference(refund: &Refund) -> Option<(&'static str, &str)> {
    let card = refund.destination_details.as_ref()?.card.as_ref()?;
    let text = card.reference.as_ref().map(Untrusted::as_str).filter(|text| !text.is_empty())?;
    let kind = match card.reference_type.as_ref().map_or("", Untrusted::as_str) {
        "acquirer_reference_number" => "ARN",
        "system_trace_audit_number" => "STAN",
        "retrieval_reference_number" => "RRN",
        _ => "reference",
    };
    Some((kind, text))
}

fn is_reversal(refund: &Refund) -> bool {
    let card = refund.destination_details.as_ref().and_then(|details| details.card.as_ref());
    card.is_some_and(|card| card.kind.as_str() == "reversal")
}

fn seen_by(refund: &Refund) -> Unix {
    refund.created.plus(SHOWN_S)
}

/// The last day on which banks show it is over.
fn is_late(refund: &Refund, moment: &Moment) -> bool {
    seen_by(refund).day(&moment.zone) < moment.now.day(&moment.zone)
}

/// In one line: how it stands, the bank's reference, by when it is seen, and what to do where it came back.
pub fn where_is(refund: &Refund, moment: &Moment) -> String {
    let by = seen_by(refund);
    match &refund.status {
        RefundStatus::Succeeded if is_reversal(refund) => {
            "the charge itself disappears at the bank, without a line of its own".into()
        }
        RefundStatus::Succeeded => {
            let late = is_late(refund, moment);
            let asks = match reference(refund) {
                Some((kind, reference)) => format!("the bank finds it by its {kind} {reference}"),
                None if late => "the bank gave it no reference".into(),
                None => "the bank's reference comes within 7 business days".into(),
            };
            let seen = if late { "to be seen since" } else { "to be seen by" };
            format!("sent to the bank, {seen} {}; {asks}", day(moment, by))
        }
        RefundStatus::Pending => match refund.pending_reason.as_ref().map(Untrusted::as_str) {
            Some("insufficient_funds") => {
                "waits until the balance covers it: it is not lost, and not to be sent again".into()
            }
            Some("charge_pending") => "waits until the charge itself went through".into(),
            _ => "on its way to the bank".into(),
        },
        RefundStatus::RequiresAction => {
            "waits for the customer: Stripe asked by e-mail where the money shall go".into()
        }
        RefundStatus::Failed => {
            let why =
                refund.failure_reason.as_ref().map(|why| format!(" ({})", why.as_str().replace('_', " ")));
            format!("came back{}: the money has to be paid another way", why.unwrap_or_default())
        }
        RefundStatus::Canceled => "was cancelled: nothing was sent".into(),
        RefundStatus::Other(_) => format!("in the state “{}”", refund.status),
    }
}

/// The same as labels and words, for a sheet.
pub fn rows(bag: &Bag, refund: &Refund, moment: &Moment) -> Vec<(&'static str, String)> {
    let mut rows = vec![("Refund", format!("{} · {}", refund.money(), refund.status))];
    rows.push(("Sent", refund.created.full(&moment.zone)));
    let made = made_by(bag, refund, moment);
    rows.push(("Made", made.unwrap_or_else(|why| format!("by whom is not known: {why}"))));
    let sent = refund.status == RefundStatus::Succeeded;
    let shows = match (&refund.status, is_reversal(refund)) {
        (RefundStatus::Succeeded, true) => {
            Some("the charge itself disappears from the statement; there is no line of its own".to_owned())
        }
        (RefundStatus::Succeeded, false) => {
            Some(format!("as a credit of {} from the same shop, on its own line", refund.money()))
        }
        _ => None,
    };
    rows.extend(shows.map(|shows| ("At the bank", shows)));
    if sent {
        let by = seen_by(refund);
        let late = is_late(refund, moment);
        let there = if late { ": it should be there by now" } else { "" };
        rows.push(("Seen by", format!("{}{there}", by.date(&moment.zone))));
        if !is_reversal(refund) {
            let words = match reference(refund) {
                Some((kind, reference)) => format!("{kind} {reference}: the customer's bank can look it up"),
                None if late => "none: the bank gave it no reference".to_owned(),
                None => "none yet: it comes within 7 business days".to_owned(),
            };
            rows.push(("Reference", words));
        }
    } else {
        rows.push(("Now", where_is(refund, moment)));
    }
    let todo = match &refund.status {
        RefundStatus::Failed => {
            Some("ask for another way to pay it out; a new refund of this charge goes to the same card")
        }
        RefundStatus::RequiresAction => {
            Some("ask the customer to look for Stripe's e-mail, also among the spam")
        }
        RefundStatus::Pending => Some("wait: a second refund would pay twice"),
        RefundStatus::Succeeded if is_late(refund, moment) => Some(match reference(refund) {
            _ if is_reversal(refund) => {
                "ask the customer to look for the charge itself: it should be on the statement no more"
            }
            Some(_) => "give the reference to the customer, for their bank to look it up",
            None => "ask the customer what their bank says, and then Stripe's support",
        }),
        _ => None,
    };
    rows.extend(todo.map(|todo| ("To do", todo.to_owned())));
    rows
}

/// What the customer can be told about where their money is.
pub fn reply(refund: &Refund, charge: Option<&Charge>, moment: &Moment) -> Reply {
    let case = match &refund.status {
        RefundStatus::Succeeded if is_reversal(refund) => "refund_reversal",
        RefundStatus::Succeeded => match (reference(refund), is_late(refund, moment)) {
            (Some(_), false) => "refund_sent",
            (None, false) => "refund_without_reference",
            (Some(_), true) => "refund_late",
            (None, true) => "refund_late_without_reference",
        },
        RefundStatus::Pending => "refund_pending",
        RefundStatus::RequiresAction => "refund_requires_action",
        RefundStatus::Failed => "refund_failed",
        RefundStatus::Canceled => "refund_canceled",
        RefundStatus::Other(_) => return Reply::none(),
    };
    let mut reply = Reply::new(case, [("date", refund.created), ("by", seen_by(refund))])
        .with("amount", refund.money())
        .with("method", Fact::method(charge.map(Charge::method).unwrap_or_default()));
    if let Some((kind, text)) = reference(refund) {
        let kind = if kind == "reference" { String::new() } else { format!("{kind} ") };
        reply = reply.with("reference", format!("{kind}{text}"));
    }
    reply
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use serde_json::{Value, json};

    use super::*;
    use crate::{answers::reply::Voice, time::DAY_S};

    const NOW: i64 = 1_795_435_200;

    fn moment() -> Moment {
        Moment { now: Unix(NOW), zone: TimeZone::UTC }
    }

    fn refund(more: &Value) -> Refund {
        let mut refund = json!({"id": "re_1", "amount": 2_000, "currency": "usd", "created": NOW - 2 * DAY_S, "charge": "ch_1"});
        for (name, value) in more.as_object().unwrap() {
            refund[name] = value.clone();
        }
        serde_json::from_value(refund).unwrap()
    }

    fn states() -> [(Value, &'static str, &'static str); 8] {
        let card = |more: Value| json!({"type": "card", "card": more});
        [
            (
                json!({"status": "succeeded"}),
                "sent to the bank, to be seen by 5 Dec; the bank's reference comes within 7",
                "We gave back $20.00 on 21 Nov to your means of payment. Banks take 5 to 10 business days",
            ),
            (
                json!({"status": "succeeded", "destination_details": card(json!({"type": "refund", "reference": "7492",
                    "reference_type": "acquirer_reference_number"}))}),
                "the bank finds it by its ARN 7492",
                "your bank finds it by its reference ARN 7492",
            ),
            (
                json!({"status": "succeeded", "destination_details": card(json!({"type": "reversal"}))}),
                "the charge itself disappears",
                "disappears from your statement",
            ),
            (
                json!({"status": "pending", "pending_reason": "insufficient_funds"}),
                "not to be sent again",
                "is on its way",
            ),
            (json!({"status": "pending"}), "on its way to the bank", "is on its way"),
            (json!({"status": "requires_action"}), "waits for the customer", "waits for you"),
            (
                json!({"status": "failed", "failure_reason": "lost_or_stolen_card"}),
                "came back (lost or stolen card)",
                "another way",
            ),
            (json!({"status": "canceled"}), "was cancelled", "nothing was sent"),
        ]
    }

    #[test]
    fn where_a_refund_is_and_what_to_do_and_to_say() {
        for (more, says, told) in states() {
            let refund = refund(&more);
            let found = where_is(&refund, &moment());
            assert!(found.contains(says), "{more}: {found}");
            let reply = reply(&refund, None, &moment()).text(&Voice::english(moment())).unwrap();
            assert!(reply.contains(told), "{more}: {reply}");
            assert!(
                rows(&Bag::default(), &refund, &moment()).iter().all(|(_, words)| !words.is_empty()),
                "{more}"
            );
        }
        assert_eq!(
            reply(&refund(&json!({"status": "x"})), None, &moment())
                .text(&Voice::english(moment()))
                .unwrap_err()
                .to_string(),
            "there is nothing to tell a customer about this"
        );
    }

    #[test]
    fn what_should_have_come_by_now_says_so() {
        let late = refund(&json!({"status": "succeeded", "created": NOW - 30 * DAY_S}));
        let rows = rows(&Bag::default(), &late, &moment());
        assert!(rows.iter().any(|(_, words)| words.ends_with("it should be there by now")), "{rows:?}");
        assert!(rows.iter().any(|(label, _)| *label == "To do"), "{rows:?}");
    }

    #[test]
    fn a_day_that_is_past_is_promised_in_no_language() {
        use crate::answers::reply::{Locale, Texts};
        let card = json!({"type": "card", "card": {"type": "refund", "reference": "7492"}});
        // Shown within 14 days: on the last of them it is still to come.
        for (age, late) in [(14, false), (15, true), (301, true)] {
            for destination in [Value::Null, card.clone()] {
                let more = json!({"status": "succeeded", "created": NOW - age * DAY_S, "destination_details": destination});
                let refund = refund(&more);
                let told = reply(&refund, None, &moment());
                assert_eq!(told.case.contains("late"), late, "{age}: {}", told.case);
                for locale in Locale::ALL {
                    let texts = std::sync::Arc::clone(Texts::builtin(locale));
                    let text = told.text(&Voice { texts, moment: moment() }).unwrap();
                    assert_eq!(text.contains("10 "), !late, "{age} {locale:?}: {text}");
                    assert_eq!(text.contains("7492"), !destination.is_null(), "{text}");
                }
            }
        }
        let text =
            |more: &Value| reply(&refund(more), None, &moment()).text(&Voice::english(moment())).unwrap();
        assert_eq!(
            text(&json!({"status": "succeeded", "created": NOW - 20 * DAY_S})),
            "We gave back $20.00 on 3 Nov to your means of payment. It should have been on your account since 17 Nov. If you cannot \
             find it, please ask your bank, and tell us what it says."
        );
        let late = where_is(&refund(&json!({"status": "succeeded", "created": NOW - 20 * DAY_S})), &moment());
        assert_eq!(late, "sent to the bank, to be seen since 17 Nov; the bank gave it no reference");
    }
}
