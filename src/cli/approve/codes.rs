//! A second person on another machine: what they see of a slip, the code that they sign, and the key with which they do.

use std::io::Read as _;

use serde_json::json;

use super::Args;
use crate::{
    cli::{
        exit::{Failed, stopped},
        out::{Done, Shown},
        run,
        wire::{Connected, Setup},
    },
    config::approver,
    gate::{CODE_S, Slip},
    ledger::Asked,
    text::clean,
    time::span,
};

/// Bytes of standard input.
const BYTES_MOST: u64 = 65_536;

pub(super) fn make_key(setup: &Setup) -> Result<Done, Failed> {
    let (signer, new) = approver::make(&setup.config.data_dir.value)?;
    let agent = &setup.config.agent.value;
    let line = format!("{agent} = \"{}\"", signer.public());
    let pairs = vec![
        ("key".to_owned(), if new { "made" } else { "is there already" }.to_owned()),
        ("public key".to_owned(), signer.public().to_string()),
        ("policy file, below [approvers]".to_owned(), line),
    ];
    let result = json!({"agent": agent, "public_key": signer.public().to_string(), "new": new});
    Ok(Done::new("approve", result, Shown::Pairs(pairs)))
}

/// Where another machine's proposal was given, in its place or on standard input.
pub(super) fn slip(id: Option<&str>) -> Result<Option<Slip>, Failed> {
    let text = match id {
        Some("-") => {
            let mut text = String::new();
            let read = std::io::stdin().lock().take(BYTES_MOST).read_to_string(&mut text);
            read.map_err(|error| Failed::Usage(format!("standard input: {error}")))?;
            text
        }
        Some(text) if Slip::is_one(text) => text.to_owned(),
        Some(_) | None => return Ok(None),
    };
    Slip::parse(&text).map(Some).map_err(Failed::Usage)
}

/// For whoever decides on another machine.
pub(super) fn printed(asked: &Asked) -> Done {
    let slip = Slip::of(asked);
    let text = slip.text();
    let result = json!({"proposal": asked.id, "slip": text, "sha256": slip.hash()});
    Done::new("approve", result, Shown::Text(format!("{text}\n")))
}

/// What is asked for on another machine, as it stands here, and the code that says yes to it.
pub(super) async fn answer(
    args: &Args,
    slip: &Slip,
    (setup, connected): (&Setup, &Connected),
) -> Result<Done, Failed> {
    let why = |stop| stopped(stop, connected.transport.last_failure());
    if args.refuse.is_some() || args.slip || args.code.is_some() {
        return Err(Failed::Usage(
            "what another machine asks for is answered by --yes, or left alone".into(),
        ));
    }
    connected.transport.forget();
    let considered = connected.gate.consider_slip(slip).await.map_err(why)?;
    let decision = &considered.decision;
    let mut pairs = vec![
        ("proposal".to_owned(), slip.id.clone()),
        ("asked by".to_owned(), clean(&slip.asked_by)),
        ("what".to_owned(), considered.proposal.sentence.clone()),
        ("amount".to_owned(), slip.amount.map(|amount| amount.to_string()).unwrap_or_default()),
        ("object".to_owned(), slip.target.id.clone()),
        ("until".to_owned(), slip.expires.rfc3339()),
        ("verdict".to_owned(), run::outcome(decision).to_owned()),
    ];
    pairs.extend(decision.rules.iter().map(|looked| (looked.rule.clone(), looked.says.clone())));
    let mut result = json!({
        "proposal": slip.id,
        "asked_by": slip.asked_by,
        "sentence": considered.proposal.sentence,
        "target": slip.target.id,
        "outcome": run::outcome(decision),
        "expires": slip.expires,
    });
    if args.yes {
        let signer = approver::find(&setup.config.data_dir.value)?.ok_or_else(|| {
            Failed::Config("there is no key to sign with: `paydesk approve --make-key` makes one".into())
        })?;
        let (code, word) = connected.gate.sign(slip, &signer).await.map_err(why)?;
        pairs.push(("code".to_owned(), code.clone()));
        let left = word.expires.since(connected.gate.now()).min(CODE_S);
        pairs.push(("it holds for".to_owned(), span(left)));
        if let Some(result) = result.as_object_mut() {
            result.insert("code".to_owned(), json!(code));
            result.insert("code_expires".to_owned(), json!(word.expires));
        }
    }
    let mut done = Done::new("approve", result, Shown::Pairs(pairs));
    done.verdict = json!(considered.decision);
    Ok(done)
}
