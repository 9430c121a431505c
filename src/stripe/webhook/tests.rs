//! A genuine delivery is taken; forged, altered, old and oversized ones never are.

use std::fmt::Write as _;

use super::*;

const SECRET: &str = "whsec_0123456789abcdefABCDEF";
const OLD: &str = "whsec_oldoldoldoldoldoldold";
const NOW: Unix = Unix(1_795_435_200);
const BODY: &str = r#"{"id":"evt_1","object":"event","type":"charge.refunded","created":1795435100,"livemode":false,
 "data":{"object":{"id":"ch_1","object":"charge"}}}"#;

fn secrets(text: &str) -> Secrets {
    Secrets::parse(text).unwrap()
}

/// What Stripe's side computes, in hex.
fn signature(secret: &str, at: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, &[at.as_bytes(), b".", body].concat());
    tag.as_ref().iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

fn header(secret: &str, at: Unix, body: &str) -> String {
    format!("t={},v1={}", at.0, signature(secret, &at.0.to_string(), body.as_bytes()))
}

fn check(header: &str, body: &str) -> Result<Unix, Refused> {
    verify(&secrets(SECRET), Some(header), body.as_bytes(), NOW)
}

/// Computed with another program: `printf '1795435200.{"a":1}' | openssl dgst -sha256 -hmac whsec_0123456789abcdefABCDEF`.
#[test]
fn the_signature_is_the_known_one() {
    assert_eq!(
        signature(SECRET, "1795435200", br#"{"a":1}"#),
        "4e23044a1bc328aee7c5681f775f3cba5924a27ec910beb26455efe8c13f1a16"
    );
}

#[test]
fn what_stripe_signed_is_taken() {
    let event = receive(&secrets(SECRET), Some(&header(SECRET, NOW, BODY)), BODY.as_bytes(), NOW).unwrap();
    assert_eq!(
        (event.id.as_str(), event.kind.as_str(), event.created),
        ("evt_1", "charge.refunded", Unix(1_795_435_100))
    );
    assert_eq!(&**event.raw(), BODY, "to the byte");
}

#[test]
fn while_a_secret_is_replaced_both_count() {
    let both = secrets(&format!(" {OLD}\n{SECRET},"));
    assert_eq!(both.count(), 2);
    for secret in [OLD, SECRET] {
        assert_eq!(verify(&both, Some(&header(secret, NOW, BODY)), BODY.as_bytes(), NOW), Ok(NOW));
    }
    let known = signature(SECRET, &NOW.0.to_string(), BODY.as_bytes());
    let other = signature(OLD, &NOW.0.to_string(), BODY.as_bytes());
    // Stripe signs with each secret in use; any one that is known will do, in any place, beside schemes of other kinds.
    assert!(check(&format!("t={},v1={other},v1={known},v0={other},x=1", NOW.0), BODY).is_ok());
    assert!(check(&format!("v1={known}, t={}", NOW.0), BODY).is_ok());
    assert_eq!(check(&format!("t={},v1={other}", NOW.0), BODY), Err(Refused::Forged));
    assert_eq!(
        check(&format!("t={},v0={known},v2={known}", NOW.0), BODY),
        Err(Refused::Malformed("it holds no signature of the scheme v1"))
    );
}

#[test]
fn the_time_is_signed_and_must_be_near() {
    for (age, wanted) in [
        (0, Ok(NOW)),
        (TOLERANCE_S, Ok(NOW.plus(-TOLERANCE_S))),
        (-TOLERANCE_S, Ok(NOW.plus(TOLERANCE_S))),
        (TOLERANCE_S + 1, Err(Refused::Stale(301))),
        (-TOLERANCE_S - 1, Err(Refused::Early(301))),
        (86_400, Err(Refused::Stale(86_400))),
    ] {
        assert_eq!(check(&header(SECRET, NOW.plus(-age), BODY), BODY), wanted, "{age}");
    }
    let genuine = header(SECRET, NOW.plus(-301), BODY);
    let fresher = genuine.replace(&NOW.plus(-301).0.to_string(), &NOW.0.to_string());
    assert_eq!(check(&fresher, BODY), Err(Refused::Forged), "a fresher time is another signature");
}

#[test]
fn a_header_that_cannot_be_read_is_refused_and_says_why() {
    let hex = signature(SECRET, &NOW.0.to_string(), BODY.as_bytes());
    let t = NOW.0;
    for (header, why) in [
        (String::new(), "it holds no time"),
        (format!("v1={hex}"), "it holds no time"),
        (format!("t={t},t={t},v1={hex}"), "it holds two times"),
        (format!("t=+{t},v1={hex}"), "its time is no number"),
        (format!("t=,v1={hex}"), "its time is no number"),
        (format!("t={t}0000000000000,v1={hex}"), "its time is no number"),
        (format!("t={t}"), "it holds no signature of the scheme v1"),
        (format!("t={t},v1={}", hex.get(1..).unwrap()), "it holds no signature of the scheme v1"),
        (format!("t={t},v1={}", hex.to_uppercase()), "it holds no signature of the scheme v1"),
        (format!("t={t}{}", format!(",v1={hex}").repeat(17)), "it holds too many signatures"),
        (format!("t={t}{}", ",".repeat(5_000)), "it is too long"),
    ] {
        assert_eq!(check(&header, BODY), Err(Refused::Malformed(why)), "{header:.60}");
    }
    assert_eq!(verify(&secrets(SECRET), None, BODY.as_bytes(), NOW), Err(Refused::Unsigned));
}

#[test]
fn the_bytes_as_they_came_are_what_is_signed() {
    let header = header(SECRET, NOW, BODY);
    for other in [BODY.replace('\n', ""), format!("{BODY}\n"), BODY.replace("ch_1", "ch_2"), String::new()] {
        assert_eq!(check(&header, &other), Err(Refused::Forged));
    }
    let large = " ".repeat(BODY_BYTES_MOST + 1);
    assert_eq!(check(&self::header(SECRET, NOW, &large), &large), Err(Refused::TooLarge));
}

#[test]
fn what_is_signed_and_no_event_is_not_taken() {
    let say = |body: &[u8]| {
        let header = format!("t={},v1={}", NOW.0, signature(SECRET, &NOW.0.to_string(), body));
        receive(&secrets(SECRET), Some(&header), body, NOW).unwrap_err().to_string()
    };
    assert!(say(b"\xff\xfe").contains("no UTF-8"));
    assert!(say(b"[1]").contains("its JSON is another"));
    assert!(
        say(br#"{"id":"evt_1","object":"v2.core.event","type":"v1.refund.updated"}"#)
            .contains("snapshot payloads")
    );
    assert!(say(br#"{"object":"event","type":"x"}"#).contains("no id"));
    let wrong = br#"{"id":"evt_1","object":"event","type":"x","created":"Ada Lovelace"}"#;
    assert!(!say(wrong).contains("Ada"));
}

#[test]
fn secrets_are_told_from_keys_and_never_shown() {
    let said = |text: &str| Secrets::parse(text).unwrap_err().to_string();
    assert_eq!(Secrets::parse(" \n,").unwrap_err(), SecretError::None);
    assert!(said("sk_live_51AbCdEfGhIjKlMnOp4f2a").starts_with("sk_live_…4f2a is no signing secret"));
    assert!(said("correct-horse-battery").starts_with("… is no signing secret"));
    assert!(said("whsec_short").contains("cut short"));
    assert!(said("whsec_0123456789abcdef\u{1b}[31m").contains("cut short"));
    assert!(said(&format!("{SECRET} ").repeat(9)).starts_with("9 signing secrets"));
    assert_eq!(format!("{:?}", secrets(SECRET)), "1 signing secrets");
}

/// Ten thousand deliveries that somebody made who does not have the secret, or changed on the way, by a seed.
#[test]
fn of_ten_thousand_forged_or_altered_deliveries_none_is_taken() {
    const ALL: u32 = 10_000;
    let mut random = fastrand::Rng::with_seed(7);
    let (mut made, known) = (0, secrets(&format!("{SECRET} {OLD}")));
    while made < ALL {
        let at = NOW.plus(random.i64(-TOLERANCE_S..=TOLERANCE_S));
        let body = BODY.replace("ch_1", &format!("ch_{}", random.u64(..)));
        let genuine = header(if random.bool() { SECRET } else { OLD }, at, &body);
        assert_eq!(verify(&known, Some(&genuine), body.as_bytes(), NOW), Ok(at), "what is genuine is taken");
        let sent = (genuine.into_bytes(), body.into_bytes());
        let (mut header, mut body) = sent.clone();
        match random.u8(..6) {
            // A secret that nobody gave us, with one character wrong.
            0 => {
                let mut other = SECRET.as_bytes().to_vec();
                let place = random.usize(PREFIX.len()..other.len());
                other[place] = if other[place] == b'x' { b'y' } else { b'x' };
                let hex = signature(std::str::from_utf8(&other).unwrap(), &at.0.to_string(), &body);
                header = format!("t={},v1={hex}", at.0).into_bytes();
            }
            // One bit of the body, or one byte more or less.
            1 => {
                let place = random.usize(..body.len());
                body[place] ^= 1 << random.u8(..8);
            }
            2 => body.insert(random.usize(..=body.len()), random.u8(..)),
            3 => drop(body.remove(random.usize(..body.len()))),
            // One character of the header.
            4 => {
                let place = random.usize(..header.len());
                header[place] = random.u8(b' '..=b'~');
            }
            // A signature out of the air.
            _ => {
                let hex: String = (0..64).map(|_| char::from_digit(random.u32(..16), 16).unwrap()).collect();
                header = format!("t={},v1={hex}", at.0).into_bytes();
            }
        }
        // A character may fall on its like.
        if (&header, &body) == (&sent.0, &sent.1) {
            continue;
        }
        made += 1;
        let header = String::from_utf8(header).unwrap();
        assert!(
            verify(&known, Some(&header), &body, NOW).is_err(),
            "{header}\n{}",
            String::from_utf8_lossy(&body)
        );
    }
}
