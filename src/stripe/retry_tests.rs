//! Every row of the decision table, and what must hold for all of them.

use proptest::prelude::*;

use super::*;
use crate::stripe::Headers;

fn refused(status: u16, kind: &str, code: Option<&str>) -> Failure {
    with(status, kind, code, Headers::default())
}

fn with(status: u16, kind: &str, code: Option<&str>, headers: Headers) -> Failure {
    Failure::Refused(Box::new(ApiError {
        status,
        kind: kind.into(),
        code: code.map(Into::into),
        headers,
        ..ApiError::default()
    }))
}

fn unreadable(status: u16) -> Failure {
    Failure::Unreadable { status, reason: "HTML".into(), headers: Box::default() }
}

fn said(should_retry: bool) -> Headers {
    Headers { should_retry: Some(should_retry), ..Headers::default() }
}

fn replayed() -> Headers {
    Headers { replayed: true, should_retry: Some(false), ..Headers::default() }
}

const INVALID: &str = "invalid_request_error";
use Verdict::{NotSent as Nothing, Refused, Unknown, WaitingAtStripe};

/// Retried while attempts are left, then the verdict; or the verdict at once.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Row {
    Again(Verdict),
    Stop(Verdict),
}
use Row::{Again, Stop};

fn row(outcome: &Failure, kind: Access, earlier_unknown: bool) -> Row {
    let most = if kind == Access::Read { READ_ATTEMPTS_MOST } else { WRITE_ATTEMPTS_MOST };
    let Next::Stop(last) = decide(most, outcome, kind, 60, earlier_unknown, 500) else {
        panic!("the last attempt was followed by another")
    };
    match decide(1, outcome, kind, 60, earlier_unknown, 500) {
        Next::Retry { .. } => Again(last),
        Next::Stop(verdict) => {
            assert_eq!(verdict, last);
            Stop(verdict)
        }
    }
}

#[test]
fn writes_follow_the_table() {
    let other_request = Headers {
        request_id: Some("req_2".into()),
        original_request: Some("req_1".into()),
        ..Headers::default()
    };
    // What was seen · alone · after an attempt whose outcome is unknown.
    let table = [
        (Failure::NotSent(NotSent::Connect("refused".into())), Again(Nothing), Again(Unknown)),
        (Failure::NotSent(NotSent::ConnectTimeout(5)), Again(Nothing), Again(Unknown)),
        (Failure::NotSent(NotSent::Invalid("header".into())), Stop(Nothing), Stop(Unknown)),
        (Failure::NotSent(NotSent::GivenUp), Stop(Nothing), Stop(Unknown)),
        (Failure::NotSent(NotSent::Late), Again(Nothing), Again(Unknown)),
        (Failure::Lost("reset".into()), Again(Unknown), Again(Unknown)),
        (unreadable(200), Again(Unknown), Again(Unknown)),
        (unreadable(302), Again(Unknown), Again(Unknown)),
        (unreadable(404), Again(Unknown), Again(Unknown)),
        (unreadable(500), Stop(Unknown), Stop(Unknown)),
        (unreadable(502), Again(Unknown), Again(Unknown)),
        (refused(400, INVALID, Some("charge_already_refunded")), Stop(Refused), Stop(Unknown)),
        (refused(400, INVALID, Some("parameter_unknown")), Stop(Refused), Stop(Unknown)),
        (refused(400, INVALID, Some("brand_new_code")), Stop(Refused), Stop(Unknown)),
        (with(400, INVALID, Some("amount_too_small"), replayed()), Stop(Refused), Stop(Refused)),
        (with(400, INVALID, None, other_request), Stop(Refused), Stop(Refused)),
        (with(400, INVALID, None, said(true)), Again(Refused), Again(Unknown)),
        (refused(400, "idempotency_error", None), Stop(Unknown), Stop(Unknown)),
        (refused(400, INVALID, Some("approval_required")), Stop(WaitingAtStripe), Stop(WaitingAtStripe)),
        (
            with(400, INVALID, Some("approval_required"), said(true)),
            Stop(WaitingAtStripe),
            Stop(WaitingAtStripe),
        ),
        (refused(400, INVALID, Some("action_blocked")), Stop(Refused), Stop(Unknown)),
        (refused(400, INVALID, Some("rate_limit")), Again(Refused), Again(Unknown)),
        (refused(401, INVALID, Some("api_key_expired")), Stop(Refused), Stop(Unknown)),
        (refused(402, "card_error", Some("card_declined")), Stop(Refused), Stop(Unknown)),
        (with(402, "card_error", Some("card_declined"), replayed()), Stop(Refused), Stop(Refused)),
        (refused(403, INVALID, None), Stop(Refused), Stop(Unknown)),
        (refused(404, INVALID, Some("resource_missing")), Stop(Refused), Stop(Unknown)),
        (refused(409, INVALID, Some("idempotency_key_in_use")), Again(Unknown), Again(Unknown)),
        (with(409, INVALID, Some("idempotency_key_in_use"), said(false)), Stop(Unknown), Stop(Unknown)),
        (refused(424, "api_error", None), Stop(Unknown), Stop(Unknown)),
        (refused(429, INVALID, Some("lock_timeout")), Again(Refused), Again(Unknown)),
        (with(429, INVALID, Some("lock_timeout"), said(true)), Again(Refused), Again(Unknown)),
        (refused(429, "", None), Again(Refused), Again(Unknown)),
        (with(429, "", None, said(false)), Stop(Refused), Stop(Unknown)),
        (refused(500, "api_error", None), Stop(Unknown), Stop(Unknown)),
        (with(500, "api_error", None, replayed()), Stop(Unknown), Stop(Unknown)),
        (with(500, "api_error", None, said(true)), Again(Unknown), Again(Unknown)),
        (refused(502, "api_error", None), Again(Unknown), Again(Unknown)),
        (refused(503, "api_error", None), Again(Unknown), Again(Unknown)),
        (refused(504, "api_error", None), Again(Unknown), Again(Unknown)),
        (with(503, "api_error", None, said(false)), Stop(Unknown), Stop(Unknown)),
        (refused(200, INVALID, None), Stop(Unknown), Stop(Unknown)),
    ];
    for (seen, alone, after_unknown) in table {
        assert_eq!(row(&seen, Access::Write, false), alone, "{seen:?}");
        assert_eq!(row(&seen, Access::Write, true), after_unknown, "after unknown: {seen:?}");
        // Without a key, what may have been done is never sent again, and all else is as with one.
        let unkeyed = match alone {
            Again(Unknown) => Stop(Unknown),
            other => other,
        };
        assert_eq!(row(&seen, Access::Unkeyed, false), unkeyed, "without a key: {seen:?}");
    }
}

#[test]
fn reads_are_asked_again_where_the_answer_may_change() {
    let table = [
        (Failure::NotSent(NotSent::Connect("dns".into())), true),
        (Failure::NotSent(NotSent::GivenUp), false),
        (Failure::Lost("reset".into()), true),
        (unreadable(200), true),
        (unreadable(302), false),
        (unreadable(404), false),
        (unreadable(502), true),
        (refused(400, INVALID, None), false),
        (refused(403, INVALID, None), false),
        (refused(404, INVALID, Some("resource_missing")), false),
        (refused(409, INVALID, None), true),
        (refused(424, "api_error", None), false),
        (refused(429, INVALID, Some("lock_timeout")), true),
        (refused(500, "api_error", None), true),
        (with(500, "api_error", None, said(false)), false),
        (refused(503, "api_error", None), true),
    ];
    for (seen, again) in table {
        let next = decide(1, &seen, Access::Read, 0, false, 0);
        assert_eq!(matches!(next, Next::Retry { .. }), again, "{seen:?}");
    }
    assert!(matches!(decide(2, &unreadable(200), Access::Read, 0, false, 0), Next::Stop(_)));
}

#[test]
fn an_old_key_is_never_sent_again() {
    let lost = Failure::Lost("reset".into());
    let fresh = decide(1, &lost, Access::Write, KEY_AGE_MOST_S - 1, false, 0);
    assert!(matches!(fresh, Next::Retry { .. }));
    assert_eq!(decide(1, &lost, Access::Write, KEY_AGE_MOST_S, false, 0), Next::Stop(Unknown));
    let unsent = Failure::NotSent(NotSent::Connect("refused".into()));
    assert_eq!(decide(1, &unsent, Access::Write, KEY_AGE_MOST_S, false, 0), Next::Stop(Nothing));
    assert_eq!(decide(1, &unsent, Access::Write, KEY_AGE_MOST_S, true, 0), Next::Stop(Unknown));
}

#[test]
fn the_wait_doubles_and_heeds_what_stripe_asks() {
    let lost = Failure::Lost("reset".into());
    let wait = |attempt, jitter, outcome: &Failure| match decide(
        attempt,
        outcome,
        Access::Write,
        0,
        false,
        jitter,
    ) {
        Next::Retry { after_ms } => after_ms,
        Next::Stop(verdict) => panic!("{verdict:?}"),
    };
    assert_eq!([1, 2, 3, 4].map(|n| wait(n, 1_000, &lost)), [500, 1_000, 2_000, 4_000]);
    assert_eq!([1, 2, 3, 4].map(|n| wait(n, 0, &lost)), [250, 500, 1_000, 2_000]);
    let asked = |ms| with(429, "", None, Headers { retry_after_ms: Some(ms), ..Headers::default() });
    assert_eq!(wait(1, 0, &asked(7_000)), 7_000);
    assert_eq!(wait(1, 1_000, &asked(10)), 500);
    assert_eq!(wait(1, 0, &asked(u64::MAX)), AFTER_MS_MOST);
}

fn any_failure() -> impl Strategy<Value = Failure> {
    let headers = (any::<bool>(), any::<Option<bool>>(), any::<Option<u64>>()).prop_map(
        |(replayed, should_retry, retry_after_ms)| Headers {
            replayed,
            should_retry,
            retry_after_ms,
            ..Headers::default()
        },
    );
    let kinds = prop::sample::select(vec![INVALID, "card_error", "api_error", "idempotency_error", "new"]);
    let codes = prop::option::of(prop::sample::select(vec![
        "approval_required",
        "lock_timeout",
        "rate_limit",
        "idempotency_key_in_use",
        "resource_missing",
        "new_code",
    ]));
    let status =
        prop::sample::select(vec![200, 302, 400, 401, 402, 403, 404, 409, 424, 429, 500, 502, 503, 504]);
    prop_oneof![
        Just(Failure::NotSent(NotSent::Connect("x".into()))),
        Just(Failure::NotSent(NotSent::GivenUp)),
        Just(Failure::Lost("x".into())),
        (status.clone(), headers.clone()).prop_map(|(status, headers)| Failure::Unreadable {
            status,
            reason: "x".into(),
            headers: Box::new(headers)
        }),
        (status, kinds, codes, headers).prop_map(|(s, k, c, h)| with(s, k, c, h)),
    ]
}

proptest! {
    #[test]
    fn what_holds_for_every_failure(
        attempt in 1_u32..12, outcome in any_failure(),
        kind in prop::sample::select(vec![Access::Read, Access::Write, Access::Unkeyed]), age in -5_i64..200_000,
        earlier_unknown in any::<bool>(), jitter in any::<u16>(),
    ) {
        match decide(attempt, &outcome, kind, age, earlier_unknown, jitter) {
            Next::Retry { after_ms } => {
                prop_assert!((250..=AFTER_MS_MOST).contains(&after_ms));
                let most = if kind == Access::Read { READ_ATTEMPTS_MOST } else { WRITE_ATTEMPTS_MOST };
                prop_assert!(attempt < most);
                prop_assert!(kind != Access::Write || age < KEY_AGE_MOST_S);
                prop_assert!(kind != Access::Unkeyed || !leaves_unknown(&outcome));
                if let Failure::Refused(error) = &outcome {
                    prop_assert!(error.error_kind() != ErrorKind::ApprovalRequired);
                }
            }
            Next::Stop(Verdict::Refused) => {
                let Failure::Refused(error) = &outcome else { panic!("refused by nobody") };
                prop_assert!(!earlier_unknown || error.headers.is_replay());
                prop_assert!(error.status < 500);
            }
            Next::Stop(Verdict::NotSent) => {
                prop_assert!(!earlier_unknown);
                prop_assert!(matches!(outcome, Failure::NotSent(_)));
            }
            Next::Stop(Verdict::Unknown | Verdict::WaitingAtStripe) => {}
        }
    }
}
