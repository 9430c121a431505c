//! Faults on demand: a small grammar for what goes wrong with which request.
//!
//! `KIND[=VALUE][@[METHOD ]PATH][#WHICH]`, several separated by commas or spaces:
//! `reset-after@POST /v1/refunds#1`, `429=2@GET /v1/charges*#%10`, `slow=800`.
//! PATH may hold `*` (any letters, slashes too); METHOD left out or `*`: any; target left out: every request.
//! WHICH counts the requests that fit, each fault for itself: `1`, `1-3`, `2+`, `%10` (each tenth), `*` (all).

use std::{str::FromStr, time::Duration};

/// Answered in the place of the endpoint; nothing is executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Front {
    Reset,
    /// Seconds of `Retry-After`.
    TooMany(Option<u64>),
    KeyInUse,
    LockTimeout,
    Html,
    Expired,
    Unavailable,
}

/// What happens to the execution; the 500 is stored under the idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Run {
    Fail,
    FailAfter,
}

/// What happens to the answer of an executed request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Back {
    Reset,
    Truncated,
    Stall(Duration),
    Drip(Duration),
    Html,
    Garbage,
    Huge,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Front(Front),
    Slow(Duration),
    Run(Run),
    Back(Back),
}

/// What a kind wants behind its `=`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wants {
    Nothing,
    Millis,
    MaybeSeconds,
}

struct Row {
    name: &'static str,
    wants: Wants,
    make: fn(Option<u64>) -> Kind,
}

const fn row(name: &'static str, wants: Wants, make: fn(Option<u64>) -> Kind) -> Row {
    Row { name, wants, make }
}

fn millis(value: Option<u64>) -> Duration {
    Duration::from_millis(value.unwrap_or_default())
}

const KINDS: &[Row] = &[
    row("reset-before", Wants::Nothing, |_| Kind::Front(Front::Reset)),
    row("reset-after", Wants::Nothing, |_| Kind::Back(Back::Reset)),
    row("500", Wants::Nothing, |_| Kind::Run(Run::Fail)),
    row("500-after", Wants::Nothing, |_| Kind::Run(Run::FailAfter)),
    row("429", Wants::MaybeSeconds, |seconds| Kind::Front(Front::TooMany(seconds))),
    row("409", Wants::Nothing, |_| Kind::Front(Front::KeyInUse)),
    row("lock-timeout", Wants::Nothing, |_| Kind::Front(Front::LockTimeout)),
    row("stall", Wants::Millis, |value| Kind::Back(Back::Stall(millis(value)))),
    row("slow", Wants::Millis, |value| Kind::Slow(millis(value))),
    row("drip", Wants::Millis, |value| Kind::Back(Back::Drip(millis(value)))),
    row("truncated", Wants::Nothing, |_| Kind::Back(Back::Truncated)),
    row("garbage", Wants::Nothing, |_| Kind::Back(Back::Garbage)),
    row("huge", Wants::Nothing, |_| Kind::Back(Back::Huge)),
    row("html", Wants::Nothing, |_| Kind::Front(Front::Html)),
    row("html-after", Wants::Nothing, |_| Kind::Back(Back::Html)),
    row("401-expired", Wants::Nothing, |_| Kind::Front(Front::Expired)),
    row("503", Wants::Nothing, |_| Kind::Front(Front::Unavailable)),
];
const METHODS: &[&str] = &["GET", "POST", "DELETE"];

/// For `--help`, in the order of the table.
pub const FAULT_HELP: &str =
    "KIND[=VALUE][@[METHOD ]PATH][#WHICH], for example 'reset-after@POST /v1/refunds#1'.
  reset-before    the connection is reset, nothing is executed
  reset-after     executed, then the connection is reset without an answer
  500             not executed; a 500 is the stored answer of the idempotency key
  500-after       executed; a 500 is the stored answer of the idempotency key
  429[=SECONDS]   too many requests, with Retry-After if seconds are given
  409             the idempotency key is in use
  lock-timeout    429 with code lock_timeout
  stall=MS        executed; headers are sent, the body after that time
  slow=MS         executed after that time
  drip=MS         executed; one byte of the body each time
  truncated       executed; half of the promised body, then the connection ends
  garbage         executed; 200 with a body that is no JSON
  huge            executed; 200 with a body of 20 MB
  html            502 with an HTML page, not executed
  html-after      executed; 502 with an HTML page
  401-expired     the key has expired
  503             not executed, and not stored
PATH may hold * for any letters. WHICH: 1, 1-3, 2+, %10 (each tenth), * (all, as when left out).";

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    #[error("'{kind}' in '{spec}' is no fault; known are {}", names())]
    Kind { spec: String, kind: String },
    #[error("'{spec}': {kind} wants milliseconds, as in {kind}=500")]
    Millis { spec: String, kind: String },
    #[error("'{spec}': {kind} takes seconds, as in {kind}=2")]
    Seconds { spec: String, kind: String },
    #[error("'{spec}': {kind} takes no value")]
    Value { spec: String, kind: String },
    #[error("'{method}' in '{spec}' is no method; known are GET, POST, DELETE, *")]
    Method { spec: String, method: String },
    #[error("'{path}' in '{spec}' is no path; it begins with / or *, as in /v1/refunds or /v1/charges/*")]
    Path { spec: String, path: String },
    #[error("'{which}' in '{spec}' counts nothing; known are 1, 1-3, 2+, %10 and *")]
    Which { spec: String, which: String },
    #[error("nothing is listed; write for example reset-after@POST /v1/refunds#1")]
    Empty,
}

fn names() -> String {
    KINDS.iter().map(|row| row.name).collect::<Vec<_>>().join(", ")
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    Between(u64, u64),
    Each(u64),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Fault {
    kind: Kind,
    method: Option<&'static str>,
    path: String,
    which: Which,
    /// Requests that fitted so far.
    fitted: u64,
}

/// Faults and their counters. The default: none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

/// What is to go wrong with one request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) front: Option<Front>,
    pub(super) slow: Duration,
    pub(super) run: Option<Run>,
    pub(super) back: Option<Back>,
}

impl FromStr for Faults {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        Self::parse(text)
    }
}

impl Faults {
    pub fn parse(text: &str) -> Result<Self, FaultError> {
        let mut pieces = text.split([',', ' ', '\n']).filter(|piece| !piece.is_empty()).peekable();
        let mut faults = Vec::new();
        while let Some(piece) = pieces.next() {
            let mut spec = piece.to_owned();
            // `@POST /v1/…`: the method stands before a space, so its path is the next piece.
            let target = piece.split_once('@').map_or("", |(_, target)| target);
            let method = !target.is_empty() && (target == "*" || !target.contains(['/', '*', '#']));
            if let Some(path) = pieces.next_if(|next| method && next.starts_with(['/', '*'])) {
                spec = format!("{spec} {path}");
            }
            faults.push(fault(&spec)?);
        }
        if faults.is_empty() { Err(FaultError::Empty) } else { Ok(Self(faults)) }
    }

    /// For a flag that may be given several times.
    #[must_use]
    pub fn and(mut self, more: Self) -> Self {
        self.0.extend(more.0);
        self
    }

    /// Counts the request, and says what is to go wrong with it. Delays add up; of each other sort the first
    /// that fits is taken.
    pub(super) fn strike(&mut self, method: &str, path: &str) -> Plan {
        let mut plan = Plan::default();
        for fault in &mut self.0 {
            if !fault.strikes(method, path) {
                continue;
            }
            match fault.kind {
                Kind::Front(front) => plan.front = plan.front.or(Some(front)),
                Kind::Slow(time) => plan.slow = plan.slow.saturating_add(time),
                Kind::Run(run) => plan.run = plan.run.or(Some(run)),
                Kind::Back(back) => plan.back = plan.back.or(Some(back)),
            }
        }
        plan
    }
}

impl Fault {
    fn strikes(&mut self, method: &str, path: &str) -> bool {
        if self.method.is_some_and(|wanted| wanted != method) || !fits(self.path.as_bytes(), path.as_bytes())
        {
            return false;
        }
        self.fitted += 1;
        match self.which {
            Which::Between(first, last) => (first..=last).contains(&self.fitted),
            Which::Each(step) => self.fitted.is_multiple_of(step),
        }
    }
}

fn fault(spec: &str) -> Result<Fault, FaultError> {
    let (rest, which) = spec.split_once('#').map_or((spec, "*"), |(rest, which)| (rest, which));
    let (kind, target) = rest.split_once('@').map_or((rest, "*"), |(kind, target)| (kind, target));
    let kind = kind_of(spec, kind)?;
    let (method, path) =
        target.trim().split_once(' ').map_or(("*", target.trim()), |(m, path)| (m, path.trim()));
    let method = match METHODS.iter().find(|known| known.eq_ignore_ascii_case(method)) {
        None if method != "*" => {
            return Err(FaultError::Method { spec: spec.to_owned(), method: method.to_owned() });
        }
        known => known.copied(),
    };
    if !path.starts_with(['/', '*']) {
        return Err(FaultError::Path { spec: spec.to_owned(), path: path.to_owned() });
    }
    let which = which_of(which)
        .ok_or_else(|| FaultError::Which { spec: spec.to_owned(), which: which.to_owned() })?;
    Ok(Fault { kind, method, path: path.to_owned(), which, fitted: 0 })
}

fn kind_of(spec: &str, text: &str) -> Result<Kind, FaultError> {
    let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
    let (spec, kind) = (spec.to_owned(), name.to_owned());
    let Some(row) = KINDS.iter().find(|row| row.name == name) else {
        return Err(FaultError::Kind { spec, kind });
    };
    let number = value.map(str::parse::<u64>);
    match (row.wants, number) {
        (Wants::Nothing | Wants::MaybeSeconds, None) => Ok((row.make)(None)),
        (Wants::Millis | Wants::MaybeSeconds, Some(Ok(number))) => Ok((row.make)(Some(number))),
        (Wants::Nothing, Some(_)) => Err(FaultError::Value { spec, kind }),
        (Wants::Millis, _) => Err(FaultError::Millis { spec, kind }),
        (Wants::MaybeSeconds, _) => Err(FaultError::Seconds { spec, kind }),
    }
}

fn which_of(text: &str) -> Option<Which> {
    let number = |text: &str| text.parse::<u64>().ok().filter(|number| *number > 0);
    if text == "*" {
        return Some(Which::Between(1, u64::MAX));
    }
    if let Some(step) = text.strip_prefix('%') {
        return number(step).map(Which::Each);
    }
    if let Some(first) = text.strip_suffix('+') {
        return number(first).map(|first| Which::Between(first, u64::MAX));
    }
    if let Some((first, last)) = text.split_once('-') {
        let (first, last) = (number(first)?, number(last)?);
        return (first <= last).then_some(Which::Between(first, last));
    }
    number(text).map(|only| Which::Between(only, only))
}

/// Whether `path` is as `pattern` says, where `*` stands for any letters.
fn fits(pattern: &[u8], path: &[u8]) -> bool {
    match pattern.split_first() {
        None => path.is_empty(),
        Some((b'*', rest)) => (0..=path.len()).any(|skip| fits(rest, path.get(skip..).unwrap_or_default())),
        Some((letter, rest)) => {
            path.split_first().is_some_and(|(first, path)| first == letter && fits(rest, path))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of the requests (from 1) that the fault strikes.
    fn struck(spec: &str, method: &str, path: &str) -> Vec<usize> {
        let mut faults = Faults::parse(spec).unwrap();
        (1..=12).filter(|_| faults.strike(method, path) != Plan::default()).collect()
    }

    #[test]
    fn which_counts_the_requests_that_fit() {
        let all: Vec<usize> = (1..=12).collect();
        assert_eq!(struck("503", "GET", "/v1/x"), all);
        assert_eq!(struck("503#*", "GET", "/v1/x"), all);
        assert_eq!(struck("503#2", "GET", "/v1/x"), [2]);
        assert_eq!(struck("503#2-4", "GET", "/v1/x"), [2, 3, 4]);
        assert_eq!(struck("503#11+", "GET", "/v1/x"), [11, 12]);
        assert_eq!(struck("503#%5", "GET", "/v1/x"), [5, 10]);
    }

    #[test]
    fn method_and_path_choose() {
        let spec = "reset-after@POST /v1/refunds#1";
        assert_eq!(struck(spec, "POST", "/v1/refunds"), [1]);
        assert!(struck(spec, "GET", "/v1/refunds").is_empty());
        assert!(struck(spec, "POST", "/v1/refunds/re_1").is_empty());
        assert_eq!(struck("503@/v1/charges/*/capture#1", "POST", "/v1/charges/ch_1/capture"), [1]);
        assert_eq!(struck("503@* /v1/ch*#1", "DELETE", "/v1/charges/a/b"), [1]);
        assert_eq!(struck("503@get *#1", "GET", "/v1/x"), [1]);
        assert!(struck("503@*fund", "POST", "/v1/refunds").is_empty());
    }

    #[test]
    fn others_are_not_counted() {
        let mut faults = Faults::parse("503@POST /v1/refunds#2").unwrap();
        for path in ["/v1/refunds", "/v1/charges", "/v1/charges"] {
            assert_eq!(faults.strike("POST", path), Plan::default());
        }
        assert_eq!(faults.strike("POST", "/v1/refunds").front, Some(Front::Unavailable));
    }

    #[test]
    fn lists_come_with_commas_spaces_and_several_flags() {
        let both = "slow=100,reset-after@POST /v1/refunds#1 429=2@GET /v1/charges";
        let mut faults = Faults::parse(both).unwrap().and("slow=50".parse().unwrap());
        let plan = faults.strike("POST", "/v1/refunds");
        assert_eq!(plan.slow, Duration::from_millis(150));
        assert_eq!((plan.front, plan.back), (None, Some(Back::Reset)));
        assert_eq!(faults.strike("GET", "/v1/charges").front, Some(Front::TooMany(Some(2))));
        let mut any = Faults::parse("409@*,slow=5@* /v1/x").unwrap();
        assert_eq!(any.strike("GET", "/v1/y"), Plan { front: Some(Front::KeyInUse), ..Plan::default() });
    }

    #[test]
    fn every_kind_parses_and_is_in_the_help() {
        for row in KINDS {
            let value = if row.wants == Wants::Millis { "=5" } else { "" };
            assert!(Faults::parse(&format!("{}{value}", row.name)).is_ok(), "{}", row.name);
            assert!(FAULT_HELP.contains(&format!("\n  {}", row.name)), "{}", row.name);
        }
    }

    #[test]
    fn mistakes_are_named_with_what_would_be_right() {
        let error = |spec: &str| Faults::parse(spec).unwrap_err().to_string();
        assert!(
            error("resett")
                .starts_with("'resett' in 'resett' is no fault; known are reset-before, reset-after")
        );
        assert_eq!(error("slow"), "'slow': slow wants milliseconds, as in slow=500");
        assert_eq!(error("stall=x"), "'stall=x': stall wants milliseconds, as in stall=500");
        assert_eq!(error("429=soon"), "'429=soon': 429 takes seconds, as in 429=2");
        assert_eq!(error("html=1"), "'html=1': html takes no value");
        assert_eq!(
            error("503@PUT /v1/x"),
            "'PUT' in '503@PUT /v1/x' is no method; known are GET, POST, DELETE, *"
        );
        assert!(error("503@POST").contains("is no path"));
        assert!(error("503@v1/x").contains("'v1/x' in '503@v1/x' is no path"));
        for which in ["0", "x", "3-1", "%0", ""] {
            let spec = format!("503#{which}");
            assert_eq!(
                error(&spec),
                format!("'{which}' in '{spec}' counts nothing; known are 1, 1-3, 2+, %10 and *")
            );
        }
        assert!(error(" ,").starts_with("nothing is listed"));
    }
}
