//! The keys that make a repeat safe: the first answer is kept with its status, 500s included, for a day at least; the same key
//! with another request is an error; after it was forgotten, the same request is done again.

use super::{Answer, Fault, Method, Request, Said, Stripe, Unix, invalid, refusal};
use crate::time::DAY_S;

#[derive(Debug)]
pub(super) struct Kept {
    endpoint: String,
    canonical: String,
    /// None while it runs.
    said: Option<Said>,
    /// The call that used the key first.
    call: u64,
    until: Unix,
}

/// What comes of a call that has arrived.
#[derive(Debug)]
pub(crate) enum Begun {
    Answers(Answer),
    /// It is executed when so much time is over.
    Runs,
}

pub(super) fn request_id(call: u64) -> String {
    format!("req_{call}")
}

impl Stripe {
    fn answer(now: Unix, call: u64, first: u64, (status, body): Said) -> Answer {
        let mut headers = vec![("date", date(now)), ("request-id", request_id(call))];
        headers.push(("original-request", request_id(first)));
        if first != call {
            headers.push(("idempotent-replayed", "true".to_owned()));
        }
        if status != 429 && status != 409 {
            headers.push(("stripe-should-retry", "false".to_owned()));
        }
        Answer { status, headers, body: body.to_string() }
    }

    /// A change arrives. What is refused before it is executed is not kept.
    pub(crate) fn begin(&mut self, request: &Request, fault: Option<Fault>, call: u64, now: Unix) -> Begun {
        let says = |said| Begun::Answers(Self::answer(now, call, call, said));
        match fault {
            Some(Fault::Limited | Fault::Locked | Fault::Forbidden) => {
                return Begun::Answers(Self::turned_away(fault, call, now));
            }
            Some(Fault::InUse) => return says(in_use()),
            _ => {}
        }
        let Some(key) = request.idempotency_key.as_ref().filter(|_| request.method == Method::Post) else {
            return Begun::Runs;
        };
        if self.keys.get(key).is_some_and(|kept| kept.said.is_some() && kept.until <= now) {
            self.keys.remove(key);
        }
        let Some(kept) = self.keys.get(key) else {
            let kept = Kept {
                endpoint: request.endpoint.clone(),
                canonical: request.canonical(),
                said: None,
                call,
                until: now.plus(DAY_S),
            };
            self.keys.insert(key.clone(), kept);
            return Begun::Runs;
        };
        if (&kept.endpoint, &kept.canonical) != (&request.endpoint, &request.canonical()) {
            let words = "Keys for idempotent requests can only be used with the same parameters they were first used with.";
            return says(refusal(400, "idempotency_error", "", words));
        }
        match &kept.said {
            Some(said) => Begun::Answers(Self::answer(now, call, kept.call, said.clone())),
            None => says(in_use()),
        }
    }

    /// Executes what has begun, and keeps the answer for the key.
    pub(crate) fn finish(
        &mut self,
        request: &Request,
        fault: Option<(Fault, bool)>,
        call: u64,
        now: Unix,
    ) -> Answer {
        let said = match fault {
            Some((Fault::Stored500, done)) => {
                if done {
                    let _hidden = self.execute(request, call, now);
                }
                refusal(500, "api_error", "", "An unknown error occurred")
            }
            Some((Fault::Approval, _)) => {
                let mut said = invalid("approval_required", "This request requires approval.");
                said.1["error"]["approval_request"] = serde_json::json!({"id": format!("apreq_{call}")});
                said
            }
            Some((Fault::Refused, _)) => {
                refusal(402, "card_error", "balance_insufficient", "Insufficient funds.")
            }
            _ => self.execute(request, call, now),
        };
        if let Some(kept) = request.idempotency_key.as_ref().and_then(|key| self.keys.get_mut(key)) {
            kept.said = Some(said.clone());
        }
        Self::answer(now, call, call, said)
    }

    /// What was answered with a 500 and not done is done after all; the stored answer stays.
    pub(crate) fn roll_forward(&mut self, request: &Request, call: u64, now: Unix) {
        let _hidden = self.execute(request, call, now);
    }

    /// Before anything is executed: too many calls, somebody else on the object, a key that may not.
    pub(crate) fn turned_away(fault: Option<Fault>, call: u64, now: Unix) -> Answer {
        let said = match fault {
            Some(Fault::Forbidden) if call.is_multiple_of(2) => {
                refusal(401, "invalid_request_error", "", "Invalid API Key provided: rk_test_****")
            }
            Some(Fault::Forbidden) => refusal(403, "invalid_request_error", "", "The provided key may not."),
            Some(Fault::Locked) => {
                refusal(429, "invalid_request_error", "lock_timeout", "This object is in use.")
            }
            _ => refusal(429, "invalid_request_error", "rate_limit", "Too many requests."),
        };
        let mut answer = Self::answer(now, call, call, said);
        if fault == Some(Fault::Limited) && call.is_multiple_of(3) {
            answer.headers.push(("retry-after", (call % 60).to_string()));
        }
        answer
    }

    /// The answer to a read.
    pub(crate) fn tell(&mut self, request: &Request, fault: Option<Fault>, call: u64, now: Unix) -> Answer {
        match fault {
            Some(Fault::Limited | Fault::Locked | Fault::Forbidden) => Self::turned_away(fault, call, now),
            Some(Fault::Stored500) => {
                Self::answer(now, call, call, refusal(500, "api_error", "", "An unknown error occurred"))
            }
            _ => {
                let said = self.read(request, now);
                Self::answer(now, call, call, said)
            }
        }
    }
}

fn in_use() -> Said {
    let words = "There is currently another in-progress request using this Idempotency-Key.";
    refusal(409, "invalid_request_error", "idempotency_key_in_use", words)
}

fn date(now: Unix) -> String {
    now.zoned(&jiff::tz::TimeZone::UTC).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
