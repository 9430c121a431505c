//! What comes from outside, mutated: answers of Stripe, forms, the search box, amounts, policy and settings files, webhook headers,
//! texts. Each target has a small corpus and a promise that must hold for any input. `cargo test` makes some thousand inputs a
//! target; `just mutate 1000000` as many as one likes. A failure says target, seed and input, and is the same again.

use std::path::Path;

use jiff::tz::TimeZone;
use paydesk::{
    config::File,
    desk::finder,
    model::{
        AnyId, Charge, CreditNote, Customer, Dispute, Event, Invoice, Page, PaymentIntent, PaymentMethod,
        Record, Refund, Subscription,
    },
    money::{Currency, Money},
    policy::Policy,
    request::Request,
    sandbox::{self, Options},
    stripe::webhook::{Secrets, verify},
    text,
    time::{Unix, parse_when},
};

use crate::{
    harness::{command::get, strangers::HOSTILE},
    hostile::is_harmful,
};

const INPUTS: u64 = 2_000;
const NOW: Unix = Unix(1_795_435_200);

#[expect(clippy::disallowed_methods, reason = "asks how many inputs are wanted")]
fn inputs() -> u64 {
    std::env::var("PAYDESK_INPUTS").map_or(INPUTS, |text| text.parse().unwrap())
}

/// What breaks readers: ends, quotes, escapes, great and strange numbers, other people's letters.
fn pieces() -> Vec<&'static [u8]> {
    let plain: [&[u8]; 28] = [
        b"\"",
        b"\\",
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b"=",
        b"'",
        b"\n",
        b"\r\n",
        b"\0",
        b"-",
        b"0",
        b"1e999",
        b"99999999999999999999",
        b"-9223372036854775808",
        b"0.1",
        b"null",
        b"true",
        b"\\u0000",
        b"\\ud800",
        b"\xff\xfe",
        b"\xf0\x9f",
        b"%",
        b"[[",
        b"\"\"\"",
    ];
    plain.into_iter().chain(HOSTILE.iter().map(|text| text.as_bytes())).collect()
}

/// One to eight changes: bytes, spans, pieces, a part of another input.
fn mutated(random: &mut fastrand::Rng, corpus: &[Vec<u8>], pieces: &[&[u8]]) -> Vec<u8> {
    let mut bytes = random.choice(corpus).unwrap().clone();
    for _ in 0..random.usize(1..=8) {
        let at = random.usize(..=bytes.len());
        let until = (at + random.usize(..=16)).min(bytes.len());
        match random.u8(..7) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.u8(..8),
            1 => bytes.insert(at, random.u8(..)),
            2 => drop(bytes.drain(at..until)),
            3 => {
                let span = bytes[at..until].to_vec();
                bytes.splice(at..at, span);
            }
            4 => bytes.truncate(at),
            5 => {
                let other = random.choice(corpus).unwrap();
                let from = random.usize(..=other.len());
                let some = other[from..(from + random.usize(..=64)).min(other.len())].to_vec();
                bytes.splice(at..at, some);
            }
            _ => {
                let piece = random.choice(pieces.iter()).unwrap();
                bytes.splice(at..at, piece.iter().copied());
            }
        }
    }
    bytes
}

/// Hands mutated inputs to `holds`, which panics where a promise is broken.
fn each(target: &str, corpus: &[Vec<u8>], holds: impl Fn(&[u8]) + std::panic::RefUnwindSafe) {
    let pieces = pieces();
    for seed in 0..inputs() {
        let bytes = mutated(&mut fastrand::Rng::with_seed(seed), corpus, &pieces);
        let survived = std::panic::catch_unwind(|| holds(&bytes));
        assert!(survived.is_ok(), "{target}, seed {seed}: {}", bytes.escape_ascii());
    }
}

fn each_text(target: &str, corpus: &[&str], holds: impl Fn(&str) + std::panic::RefUnwindSafe) {
    let corpus: Vec<_> = corpus.iter().map(|text| text.as_bytes().to_vec()).collect();
    each(target, &corpus, |bytes| holds(&String::from_utf8_lossy(bytes)));
}

#[track_caller]
fn harmless(said: &str, but: &[char]) {
    assert!(said.chars().all(|c| !is_harmful(c) || but.contains(&c)), "{said:?}");
}

/// What the sandbox sends of each kind, the page and its first row.
fn answers() -> Vec<Vec<u8>> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let running = runtime.block_on(sandbox::start(Options { customers: 12, ..Options::default() })).unwrap();
    let lists = [
        "charges",
        "customers",
        "subscriptions",
        "invoices",
        "refunds",
        "disputes",
        "events",
        "payment_intents",
        "credit_notes",
    ];
    let pages = lists.map(|list| get(&running, &format!("/v1/{list}?limit=2")));
    let rows = pages.iter().filter_map(|page| page["data"].get(0));
    let found = pages.iter().chain(rows).map(|value| value.to_string().into_bytes()).collect();
    let _inside = runtime.enter();
    drop(running);
    found
}

#[test]
fn answers_of_stripe_are_read_or_refused() {
    fn one<T: serde::de::DeserializeOwned + std::fmt::Debug>(text: &str) {
        match Record::<T>::parse(text) {
            Ok(record) => {
                assert_eq!(&**record.raw(), text, "kept to the byte");
                let again = serde_json::to_string(&record).unwrap();
                assert!(Record::<T>::parse(again).is_ok());
            }
            Err(shape) => harmless(&shape.to_string(), &[]),
        }
        let _page = Page::<T>::parse(text);
    }
    each("an answer of Stripe", &answers(), |bytes| {
        let text = String::from_utf8_lossy(bytes);
        one::<Charge>(&text);
        one::<Customer>(&text);
        one::<Subscription>(&text);
        one::<Invoice>(&text);
        one::<Refund>(&text);
        one::<Dispute>(&text);
        one::<Event>(&text);
        one::<PaymentIntent>(&text);
        one::<PaymentMethod>(&text);
        one::<CreditNote>(&text);
    });
}

#[test]
fn forms_decode_to_what_was_encoded() {
    each_text(
        "a form",
        &["charge=ch_1&amount=100", "metadata[note]=a&b=c ü", "expand[]=data.customer"],
        |text| {
            let (name, value) = text.split_once('=').unwrap_or((text, ""));
            let form = Request::post("/v1/refunds", &[]).with(name, value).with("after", "1").form();
            assert!(form.is_ascii() && !form.contains([' ', '\n', '\r']));
            let decoded: Vec<(String, String)> =
                url::form_urlencoded::parse(form.as_bytes()).into_owned().collect();
            assert_eq!(decoded, [(name.to_owned(), value.to_owned()), ("after".into(), "1".into())]);
            let path = Request::get("/v1/charges/{id}", &[value]).path;
            assert!(
                path.starts_with("/v1/charges/") && path.matches('/').count() == 3,
                "an id stays in its segment: {path}"
            );
        },
    );
}

#[test]
fn the_search_box_takes_anything() {
    let corpus = [
        "ada@example.com",
        "ch_3PxLabc",
        "49.00 yesterday",
        "4242",
        "https://dashboard.stripe.com/test/payments/ch_1?x=y",
        "INV-0042",
        "Ada Lovelace",
    ];
    each_text("the search box", &corpus, |text| {
        let _meant = finder::meant(text);
        let _at_once = finder::at_once(text);
        let _whole = finder::is_whole_email(text);
        if let Some(said) = finder::no_such_prefix(text) {
            harmless(&said, &[]);
        }
        if let Some(id) = AnyId::parse(text) {
            assert!(id.id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'), "{id:?}");
        }
        if let Err(error) = parse_when(text, NOW, &TimeZone::UTC) {
            assert!(error.to_string().contains("is not a time"));
        }
    });
}

#[test]
fn an_amount_is_read_exactly_or_not_at_all() {
    let corpus = ["49.00", "0.01", "1,234.56", "-5", "12000", "1e3", "$5", "9223372036854775807", "0.001"];
    for code in ["usd", "jpy", "kwd"] {
        let currency = Currency::parse(code).unwrap();
        each_text("an amount", &corpus, |text| {
            if let Ok(money) = Money::parse(text, currency) {
                assert_eq!(Money::parse(&money.plain(), currency), Ok(money), "{text:?}");
            }
        });
    }
}

#[test]
fn a_policy_file_is_read_or_refused_in_a_sentence() {
    let valid = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/policies/valid");
    let files = std::fs::read_dir(valid).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
    let corpus: Vec<_> = files.chain([include_bytes!("../../assets/policy.toml").to_vec()]).collect();
    each("a policy file", &corpus, |bytes| {
        if let Err(error) = Policy::parse(&String::from_utf8_lossy(bytes), "policy.toml") {
            harmless(&error.to_string(), &['\n']);
        }
    });
}

#[test]
fn a_settings_file_is_read_or_refused_in_a_sentence() {
    let example = String::from(paydesk::config::EXAMPLE);
    let corpus = [
        example.replace("#: ", "").into_bytes(),
        example.into_bytes(),
        b"version = 1\n[desk]\nundo_seconds = 5\n".to_vec(),
    ];
    each("a settings file", &corpus, |bytes| {
        if let Err(error) = File::parse(Path::new("config.toml"), &String::from_utf8_lossy(bytes)) {
            harmless(&error.to_string(), &['\n']);
        }
    });
}

#[test]
fn no_header_that_was_changed_is_genuine() {
    // The signature of another body, so that none of these is right.
    let hex = "4e23044a1bc328aee7c5681f775f3cba5924a27ec910beb26455efe8c13f1a16";
    let genuine = format!("t=1795435200,v1={hex}");
    let secrets = Secrets::parse("whsec_0123456789abcdefABCDEF").unwrap();
    assert!(verify(&secrets, Some(&genuine), br#"{"a":1}"#, NOW).is_ok());
    each_text(
        "a webhook header",
        &[&genuine, &format!("{genuine},v0={hex}"), "t=1,v1=", ",,,==,"],
        |header| {
            assert!(verify(&secrets, Some(header), br#"{"a":2}"#, NOW).is_err());
            if let Err(refused) = verify(&secrets, Some(header), br#"{"a":1}"#, NOW) {
                harmless(&refused.to_string(), &[]);
            } else {
                assert!(header.contains("t=1795435200") && header.contains(hex), "{header:?}");
            }
        },
    );
}

#[test]
fn whatever_a_text_holds_nothing_harmful_comes_out() {
    each_text(
        "a text",
        &["Ada Lovelace", "田中さくら", "👩\u{200d}👩\u{200d}👧", "=1+1", "a\tb\nc"],
        |text| {
            harmless(&text::clean(text), &[]);
            harmless(&text::clean_lines(text), &['\n']);
            harmless(&text::cut(&text::clean(text), 9), &[]);
            let cell = text::csv_cell(text);
            harmless(&cell, &[]);
            let bare = cell.trim_start();
            assert!(!bare.starts_with(['=', '+', '@']), "{cell:?}");
            let json = serde_json::Value::from(text).to_string();
            let escaped = text::escaped(&json);
            harmless(&escaped, &[]);
            assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), text);
            assert!(text::width(&text::cut(&text::clean(text), 9)) <= 9);
        },
    );
}
