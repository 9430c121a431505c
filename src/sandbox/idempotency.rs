//! Answers kept under idempotency keys: the first answer of a POST that began to execute is given again,
//! word for word, for 24 hours.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;
use serde_json::{Map, Value};

use super::error::Refusal;

const KEPT_MS: i64 = 24 * 60 * 60 * 1000;
const KEY_LETTERS_MOST: usize = 255;
/// An older key is never pushed out by a newer one (that would run a request twice): a full store refuses.
const KEYS_MOST: usize = 200_000;

/// The first answer under a key.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stored {
    pub(super) status: u16,
    pub(super) body: Bytes,
    pub(super) request_id: String,
}

/// What to do with a request that carries a key.
#[derive(Debug, PartialEq)]
pub(super) enum Begun {
    /// Execute, then `finish` or `abandon`.
    Fresh,
    Replay(Stored),
}

struct Slot {
    path: String,
    params: Map<String, Value>,
    begun_ms: i64,
    /// None while the first request runs.
    stored: Option<Stored>,
}

/// The keys of one account.
#[derive(Default)]
pub(super) struct Idempotency {
    slots: HashMap<String, Slot>,
    /// Oldest first.
    order: VecDeque<(i64, String)>,
}

impl Idempotency {
    /// `params` with `expand` inside: what differs there is another request too.
    pub(super) fn begin(
        &mut self,
        key: &str,
        path: &str,
        params: &Map<String, Value>,
        now_ms: i64,
    ) -> Result<Begun, Refusal> {
        if key.chars().count() > KEY_LETTERS_MOST {
            return Err(mistake(format!(
                "Idempotency keys can be at most {KEY_LETTERS_MOST} characters long; this one has {}.",
                key.chars().count()
            )));
        }
        self.prune(now_ms);
        if let Some(slot) = self.slots.get(key) {
            return slot.again(key, path, params);
        }
        if self.slots.len() >= KEYS_MOST {
            let message = format!("The sandbox keeps at most {KEYS_MOST} idempotency keys in 24 hours.");
            return Err(Refusal { status: 503, kind: "api_error", ..Refusal::invalid(message) });
        }
        let slot = Slot { path: path.to_owned(), params: params.clone(), begun_ms: now_ms, stored: None };
        self.slots.insert(key.to_owned(), slot);
        self.order.push_back((now_ms, key.to_owned()));
        Ok(Begun::Fresh)
    }

    pub(super) fn finish(&mut self, key: &str, answer: Stored) {
        if let Some(slot) = self.slots.get_mut(key) {
            slot.stored = Some(answer);
        }
    }

    /// The request was turned away before it executed: the key is free again.
    pub(super) fn abandon(&mut self, key: &str) {
        self.slots.remove(key);
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    fn prune(&mut self, now_ms: i64) {
        while let Some((begun_ms, key)) = self.order.front() {
            if now_ms.saturating_sub(*begun_ms) <= KEPT_MS {
                break;
            }
            // The key may have been abandoned and begun again since: then a younger entry follows.
            if self.slots.get(key).is_some_and(|slot| slot.begun_ms == *begun_ms && slot.stored.is_some()) {
                self.slots.remove(key);
            }
            self.order.pop_front();
        }
    }
}

impl Slot {
    fn again(&self, key: &str, path: &str, params: &Map<String, Value>) -> Result<Begun, Refusal> {
        let other =
            format!("Try using a key other than '{key}' if you meant to execute a different request.");
        if self.path != path {
            return Err(mistake(format!(
                "Keys for idempotent requests can only be used for the same endpoint they were first used for \
                 ('{path}' vs '{}'). {other}",
                self.path
            )));
        }
        if self.params != *params {
            return Err(mistake(format!(
                "Keys for idempotent requests can only be used with the same parameters they were first used with. \
                 {other}"
            )));
        }
        self.stored.clone().map(Begun::Replay).ok_or_else(|| in_use(key))
    }
}

fn mistake(message: String) -> Refusal {
    Refusal { kind: "idempotency_error", ..Refusal::invalid(message) }
}

/// 409: the first request with the key still runs.
pub(super) fn in_use(key: &str) -> Refusal {
    Refusal {
        status: 409,
        ..Refusal::invalid(format!(
            "There is currently another in-progress request using this Idempotent Key (that probably means you \
             submitted twice, and the other request is still going through): {key}. Please try again later."
        ))
    }
    .code("idempotency_key_in_use")
}

/// Whether an answer is kept under its key: not what was turned away before it executed.
pub(super) fn is_kept(refusal: &Refusal) -> bool {
    let validation = refusal.code.is_some_and(|code| {
        code == "parameter_missing" || code == "parameter_unknown" || code.starts_with("parameter_invalid_")
    });
    !validation && !matches!(refusal.status, 401 | 403 | 409 | 429)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn params(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    fn stored(body: &'static str) -> Stored {
        Stored { status: 200, body: Bytes::from_static(body.as_bytes()), request_id: "req_1".to_owned() }
    }

    fn begin(store: &mut Idempotency, key: &str, now_ms: i64) -> Result<Begun, Refusal> {
        store.begin(key, "/v1/refunds", &params(&json!({"charge": "ch_1"})), now_ms)
    }

    #[test]
    fn the_first_answer_is_given_again() {
        let mut store = Idempotency::default();
        assert_eq!(begin(&mut store, "k", 0), Ok(Begun::Fresh));
        store.finish("k", stored("one"));
        assert_eq!(begin(&mut store, "k", 5), Ok(Begun::Replay(stored("one"))));
        assert_eq!(begin(&mut store, "k", KEPT_MS), Ok(Begun::Replay(stored("one"))));
    }

    #[test]
    fn while_the_first_runs_the_key_is_in_use() {
        let mut store = Idempotency::default();
        begin(&mut store, "k", 0).unwrap();
        let refusal = begin(&mut store, "k", 1).unwrap_err();
        assert_eq!((refusal.status, refusal.code), (409, Some("idempotency_key_in_use")));
        assert!(begin(&mut store, "k", KEPT_MS * 2).is_err(), "a running request is not pruned");
    }

    #[test]
    fn an_abandoned_key_is_free_again_and_pruning_takes_its_second_life_by_its_own_age() {
        let mut store = Idempotency::default();
        begin(&mut store, "k", 0).unwrap();
        store.abandon("k");
        assert_eq!(begin(&mut store, "k", 1_000), Ok(Begun::Fresh));
        store.finish("k", stored("second"));
        assert_eq!(begin(&mut store, "k", KEPT_MS + 500), Ok(Begun::Replay(stored("second"))));
        assert_eq!(begin(&mut store, "k", KEPT_MS + 1_001), Ok(Begun::Fresh));
    }

    #[test]
    fn after_a_day_the_key_runs_again() {
        let mut store = Idempotency::default();
        begin(&mut store, "k", 0).unwrap();
        store.finish("k", stored("one"));
        assert_eq!(begin(&mut store, "k", KEPT_MS + 1), Ok(Begun::Fresh));
    }

    #[test]
    fn other_parameters_and_other_endpoints_are_mistakes() {
        let mut store = Idempotency::default();
        begin(&mut store, "k", 0).unwrap();
        store.finish("k", stored("one"));
        let other = store.begin("k", "/v1/refunds", &params(&json!({"charge": "ch_2"})), 1).unwrap_err();
        assert_eq!((other.status, other.kind, other.code), (400, "idempotency_error", None));
        assert!(other.message.contains("same parameters they were first used with"));
        let elsewhere =
            store.begin("k", "/v1/customers", &params(&json!({"charge": "ch_1"})), 1).unwrap_err();
        assert!(elsewhere.message.contains("('/v1/customers' vs '/v1/refunds')"));
    }

    #[test]
    fn the_order_of_parameters_does_not_matter() {
        let mut store = Idempotency::default();
        store.begin("k", "/v1/refunds", &params(&json!({"a": "1", "b": "2"})), 0).unwrap();
        store.finish("k", stored("one"));
        let again = store.begin("k", "/v1/refunds", &params(&json!({"b": "2", "a": "1"})), 0);
        assert_eq!(again, Ok(Begun::Replay(stored("one"))));
    }

    #[test]
    fn long_keys_are_refused() {
        let mut store = Idempotency::default();
        assert_eq!(begin(&mut store, &"k".repeat(255), 0), Ok(Begun::Fresh));
        assert_eq!(begin(&mut store, &"k".repeat(256), 0).unwrap_err().status, 400);
    }

    #[test]
    fn only_what_executed_is_kept() {
        assert!(is_kept(&Refusal::invalid("state").code("charge_already_refunded")));
        assert!(is_kept(&Refusal::missing("charge", "ch_1", "charge")));
        assert!(is_kept(&Refusal { status: 500, ..Refusal::invalid("") }));
        for code in ["parameter_missing", "parameter_unknown", "parameter_invalid_integer"] {
            assert!(!is_kept(&Refusal::invalid("").code(code)), "{code}");
        }
        assert!(!is_kept(&Refusal { status: 429, ..Refusal::invalid("") }));
    }
}
