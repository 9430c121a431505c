//! Tests of slips and codes as texts: whole or not at all, and signed by nobody else.

use super::*;
use crate::ledger::samples::{NOW, refund, usd};

fn slip() -> Slip {
    let proposal = refund("int_0", "ch_1", 4_000).proposal;
    Slip {
        id: "prop_1".into(),
        account: "acct_1".into(),
        live: false,
        action: proposal.action.clone(),
        target: proposal.target.clone(),
        args: proposal.args.clone().with("note", "Ada paid twice"),
        amount: Some(usd(4_000)),
        call: sha256_hex(proposal.request.canonical().as_bytes()),
        asked_by: "maya".into(),
        asked: NOW,
        expires: NOW.plus(3_600),
    }
}

fn word() -> Word {
    Word {
        proposal: "prop_1".into(),
        hash: slip().hash(),
        account: "acct_1".into(),
        live: false,
        by: "lea".into(),
        expires: NOW.plus(CODE_S),
    }
}

fn signer() -> Signer {
    Signer::read(&Signer::generate().unwrap()).unwrap()
}

#[test]
fn a_slip_comes_back_whole_however_its_lines_were_broken() {
    let text = slip().text();
    assert!(Slip::is_one(&text) && text.is_ascii() && !text.contains(char::is_whitespace));
    assert_eq!(Slip::parse(&text).unwrap(), slip());
    let broken: Vec<String> =
        text.as_bytes().chunks(60).map(|part| String::from_utf8_lossy(part).into()).collect();
    assert_eq!(Slip::parse(&format!("  {}\r\n", broken.join("\n"))).unwrap(), slip());
    assert!(!format!("{:?}", slip()).contains("Ada"));
}

#[test]
fn every_part_of_a_slip_is_in_its_hash() {
    let hash = slip().hash();
    let others = [
        Slip { id: "prop_2".into(), ..slip() },
        Slip { account: "acct_2".into(), ..slip() },
        Slip { live: true, ..slip() },
        Slip { action: "void_invoice".into(), ..slip() },
        Slip { args: Args::default(), ..slip() },
        Slip { amount: Some(usd(4_001)), ..slip() },
        Slip { call: "0".repeat(64), ..slip() },
        Slip { asked_by: "ben".into(), ..slip() },
        Slip { asked: NOW.plus(1), ..slip() },
        Slip { expires: NOW.plus(1), ..slip() },
    ];
    for other in others {
        assert_ne!(other.hash(), hash, "{other:?}");
    }
}

#[test]
fn what_is_cut_or_no_such_text_says_so() {
    let text = slip().text();
    let cut = Slip::parse(text.get(..text.len() - 9).unwrap()).unwrap_err();
    assert!(cut.contains("copy it again"), "{cut}");
    for other in ["", "prop_1", "pdok1.e30.e30", "PDSLIP1.e30"] {
        let said = Slip::parse(other).unwrap_err();
        assert!(said.contains("begins with `pdslip1.`"), "{said}");
    }
    assert!(Slip::parse("pdslip1.e30").is_err(), "an object without its parts");
    for other in ["", "pdslip1.e30", "pdok1.", "pdok1.e30", "pdok1.e30.e30", "pdok1.%%%.%%%"] {
        assert!(Code::parse(other).is_err(), "{other}");
    }
}

#[test]
fn a_code_is_signed_by_its_own_key_and_no_byte_of_it_can_be_another() {
    let (signer, other) = (signer(), signer());
    let text = signer.sign(&word());
    let code = Code::parse(&text).unwrap();
    assert_eq!(code.word, word());
    assert!(code.is_signed_with(&signer.public()));
    assert!(!code.is_signed_with(&other.public()));
    let mut taken = 0;
    for at in CODE.len()..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let altered = String::from_utf8(bytes).unwrap();
        let same = |code: &Code| {
            code.signed == Code::parse(&text).unwrap().signed
                && code.signature == Code::parse(&text).unwrap().signature
        };
        if let Ok(altered) = Code::parse(&altered)
            && altered.is_signed_with(&signer.public())
            && !same(&altered)
        {
            taken += 1;
        }
    }
    assert_eq!(taken, 0);
}

#[test]
fn a_signature_says_nothing_about_another_word() {
    let signer = signer();
    let (one, two) = (signer.sign(&word()), signer.sign(&Word { expires: NOW.plus(1), ..word() }));
    let part = |text: &str, at: usize| text.split('.').nth(at).unwrap().to_owned();
    let mixed = format!("{CODE}{}.{}", part(&one, 1), part(&two, 2));
    assert!(!Code::parse(&mixed).unwrap().is_signed_with(&signer.public()));
}

#[test]
fn what_is_no_key_makes_no_signer() {
    assert!(Signer::read(b"nonsense").is_none());
    assert!(Signer::read(&[]).is_none());
}
