//! Tests of what was refunded already: counted once.

use super::*;
use crate::ledger::samples::usd;

fn row(intent: Option<&str>, agent: Option<&str>, minor: i64, counts: bool) -> Listed {
    Listed {
        id: "re_1".into(),
        intent: intent.map(Into::into),
        agent: agent.map(Into::into),
        customer: Some("cus_1".into()),
        amount: usd(minor),
        counts,
    }
}

fn known(intent: &str, minor: i64) -> Counted {
    Counted {
        intent: intent.into(),
        agent: "maya".into(),
        customer: Some("cus_1".into()),
        amount: usd(minor),
    }
}

#[test]
fn a_refund_is_counted_once_wherever_it_is_seen() {
    let listed = [
        row(Some("int_1"), Some("maya"), 100, true), // ours, in the ledger
        row(Some("int_8"), Some("maya"), 20, true),  // ours, from another machine
        row(None, None, 3, true),                    // from the Dashboard
        row(None, None, 5_000, false),               // came back
    ];
    let counted = [known("int_1", 100), known("int_2", 1_000)];
    let outside = outside(&listed, &counted, "maya", Some("cus_1"));
    let all = together(&spent(&counted, "maya", Some("cus_1")), &outside);
    let sums = [&all.agent, &all.team, &all.customer].map(|sums| sums.of(usd(0).currency()).minor());
    assert_eq!(sums, [1_120, 1_123, 1_123]);
    assert!(!all.local_only);
}

#[test]
fn a_refund_of_ours_that_came_back_frees_the_budget() {
    let counted = [known("int_1", 100)];
    let outside = outside(&[row(Some("int_1"), Some("maya"), 100, false)], &counted, "maya", None);
    assert_eq!(together(&spent(&counted, "maya", None), &outside).team.of(usd(0).currency()), usd(0));
}
