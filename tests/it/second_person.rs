//! What takes two persons: asked for by one, agreed to by another at their own desk or on their own machine, sent once.

use std::{path::PathBuf, process::Stdio};

use paydesk::{
    actions::{self, Args},
    desk::Message,
    gate::{Signer, Slip},
    ledger::AskedState,
    policy::Policy,
};
use serde_json::Value;

use crate::harness::{
    command::{Case, get, said},
    desk::{Desk, Options},
};

const POLICY: &str = r#"version = 1
[refunds]
max = { usd = "60.00" }
automatic = { usd = "5.00" }
second_person_above = { usd = "20.00" }
reason = "optional"
daily_cap = { per_agent = { usd = "2000.00" } }
[roles.helper]
refunds.max = { usd = "10.00" }
[agents]
ben = "helper"
[assistant]
actions = ["refund_charge"]
"#;

/// Two machines, each with a data folder of its own, and one policy file.
struct Two {
    case: Case,
    charge: String,
}

impl Two {
    fn new() -> Self {
        let case = Case::new();
        std::fs::write(case.home.path().join("policy.toml"), POLICY).unwrap();
        let config = "version = 1\n[desk]\npolicy = \"policy.toml\"\n";
        std::fs::write(case.home.path().join("config.toml"), config).unwrap();
        let charge = case.charge(4_000);
        Self { case, charge }
    }

    fn away(&self) -> PathBuf {
        self.case.home.path().join("away")
    }

    /// On this machine, as this agent.
    fn here(&self, agent: &str, line: &str) -> (i32, Value) {
        self.case.json(&format!("--agent {agent} {line}"))
    }

    /// On the other machine.
    fn there(&self, agent: &str, line: &str) -> (i32, Value) {
        let mut command = self.case.command(&format!("--agent {agent} {line} --json"));
        let (code, out, err) = said(command.env("PAYDESK_DATA_DIR", self.away()).output().unwrap());
        (code, serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}")))
    }

    fn asks(&self, agent: &str) -> String {
        let line = format!("run refund_charge charge={} amount=30 --ask", self.charge);
        let (code, done) = self.here(agent, &line);
        assert_eq!((code, &done["result"]["state"]), (0, &"waiting".into()), "{done}");
        done["result"]["id"].as_str().unwrap().to_owned()
    }

    fn refunded(&self) -> i64 {
        let charge = get(&self.case.running, &format!("/v1/charges/{}", self.charge));
        charge["amount_refunded"].as_i64().unwrap()
    }

    /// Makes lea's key on the other machine and puts it into the policy file.
    fn key(&self) -> String {
        let (code, made) = self.there("lea", "approve --make-key");
        assert_eq!(code, 0, "{made}");
        let key = made["result"]["public_key"].as_str().unwrap().to_owned();
        let policy = format!("{POLICY}[approvers]\nlea = \"{key}\"\n");
        std::fs::write(self.case.home.path().join("policy.toml"), policy).unwrap();
        key
    }

    fn slip(&self, id: &str) -> String {
        let (code, shown) = self.here("maya", &format!("approve {id} --slip"));
        assert_eq!(code, 0, "{shown}");
        shown["result"]["slip"].as_str().unwrap().to_owned()
    }

    fn code(&self, slip: &str) -> String {
        let (code, answered) = self.there("lea", &format!("approve {slip} --yes"));
        assert_eq!(code, 0, "{answered}");
        answered["result"]["code"].as_str().unwrap().to_owned()
    }

    fn events(&self, id: &str) -> Vec<String> {
        let (_, shown) = self.here("maya", &format!("audit show {id}"));
        let records = shown["result"]["records"].as_array().unwrap();
        let line = |record: &Value| {
            format!("{} {}", record["event"].as_str().unwrap(), record["agent"].as_str().unwrap())
        };
        records.iter().map(line).collect()
    }
}

fn message(said: &Value) -> &str {
    said["error"]["message"].as_str().unwrap_or_default()
}

#[test]
fn one_asks_another_confirms_and_the_trail_names_both() {
    let two = Two::new();
    let line = format!("run refund_charge charge={} amount=30 --yes", two.charge);
    let (code, denied) = two.here("maya", &line);
    assert_eq!((code, &denied["error"]["rule"]), (3, &"refunds.second_person_above".into()));
    assert!(message(&denied).contains("--ask"), "{denied}");
    let id = two.asks("maya");
    assert_eq!(two.asks("maya"), id, "the same is asked once");
    let (code, own) = two.here("maya", &format!("approve {id} --yes"));
    assert!(code == 4 && message(&own).contains("maya asked for it"), "{own}");
    let (code, helper) = two.here("ben", &format!("approve {id} --yes"));
    assert!(code == 3 && message(&helper).contains("refunds.max"), "{helper}");
    assert_eq!(two.refunded(), 0);
    let (code, done) = two.here("lea", &format!("approve {id} --yes"));
    assert_eq!((code, two.refunded()), (0, 3_000), "{done}");
    let refund = get(&two.case.running, &format!("/v1/refunds/{}", done["result"]["id"].as_str().unwrap()));
    assert_eq!(
        (&refund["metadata"]["paydesk_agent"], &refund["metadata"]["paydesk_second"]),
        (&"lea".into(), &"maya".into())
    );
    assert_eq!(two.events(&id), ["proposed maya", "confirmed lea", "intended lea", "settled lea"]);
    let (code, shown, _) = two.case.run(&format!("audit show {id}"));
    assert_eq!(code, 0);
    for part in [
        "proposal\tprop_",
        "proposal state\tconfirmed",
        "asked by\tmaya, ",
        "decided by\tlea, ",
        "intent\tint_",
        "second person\tmaya",
        "result\tre_",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let intent = done["intent"].as_str().unwrap();
    assert_eq!(two.case.run(&format!("audit show {intent}")).1, shown, "either id tells the whole story");
    let (code, again) = two.here("lea", &format!("approve {id} --yes"));
    assert!(code == 4 && message(&again).contains("lea confirmed it already"), "{again}");
}

#[test]
fn what_an_assistant_asks_for_takes_two_persons() {
    let two = Two::new();
    let id = two.asks("assistant");
    let (code, first) = two.here("maya", &format!("approve {id} --yes"));
    assert!(code == 4 && message(&first).contains("waits for another person"), "{first}");
    let (code, again) = two.here("maya", &format!("approve {id} --yes"));
    assert!(code != 0 && message(&again).contains("maya agreed to it already"), "{again}");
    assert_eq!(two.refunded(), 0);
    let (code, done) = two.here("lea", &format!("approve {id} --yes"));
    assert_eq!((code, two.refunded()), (0, 3_000), "{done}");
    assert_eq!(
        two.events(&id),
        ["proposed assistant", "agreed maya", "confirmed lea", "intended lea", "settled lea"]
    );
}

#[test]
fn a_proposal_that_waits_was_refused_or_is_not_there_is_told_by_audit_show() {
    let two = Two::new();
    let id = two.asks("maya");
    let (_, shown, _) = two.case.run(&format!("audit show {id}"));
    for part in [
        "proposal state\twaiting",
        "asked to\trefund $30.00",
        "amount\t$30.00",
        "verdict\tsecond_person",
        "record 1\tproposed",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert_eq!(two.case.run("audit show 1").1.strip_prefix("asked for\trecord 1\n"), Some(shown.as_str()));
    let mut refuse = two.case.command(&format!("--agent lea approve {id}"));
    assert!(refuse.args(["--refuse", "she has it"]).output().unwrap().status.success());
    let (_, shown, _) = two.case.run(&format!("audit show {id}"));
    assert!(shown.contains("refused since\tshe has it") && shown.contains("decided by\tlea, "), "{shown}");
    let (code, _, err) = two.case.run("audit show prop_1");
    assert!(code == 2 && err.contains("no proposal prop_1"), "{err}");
}

#[test]
fn a_code_from_another_machine_releases_exactly_this_once() {
    let two = Two::new();
    two.key();
    let id = two.asks("maya");
    let slip = two.slip(&id);
    let (code, seen) = two.there("lea", &format!("approve {slip}"));
    assert_eq!((code, &seen["result"]["outcome"]), (0, &"second_person".into()), "{seen}");
    assert!(
        seen["result"]["code"].is_null()
            && seen["result"]["sentence"].as_str().unwrap().starts_with("refund $30.00")
    );
    let (code, own) = two.there("maya", &format!("approve {slip} --yes"));
    assert!(code != 0 && message(&own).contains("cannot be the second person"), "{own}");
    let signed = two.code(&slip);
    assert_eq!(two.refunded(), 0);

    let (code, none) =
        two.here("maya", &format!("run refund_charge charge={} amount=31 --approval {signed}", two.charge));
    assert!(code == 9 && message(&none).contains("proposed"), "{none}");
    assert_eq!(two.refunded(), 0);
    let (code, done) = two.here("maya", &format!("approve {id} --yes"));
    assert_eq!((code, two.refunded()), (0, 3_000), "{done}");
    let refund = get(&two.case.running, &format!("/v1/refunds/{}", done["result"]["id"].as_str().unwrap()));
    assert_eq!(refund["metadata"]["paydesk_second"], "lea");
    assert_eq!(
        two.events(&id),
        ["proposed maya", "agreed lea", "confirmed maya", "intended maya", "settled maya"]
    );
    let line = format!("run refund_charge charge={} amount=30 --repeat --approval {signed}", two.charge);
    let (code, replayed) = two.here("maya", &line);
    assert!(code != 0 && message(&replayed).contains("confirmed it already"), "{replayed}");
    assert_eq!(two.refunded(), 3_000);
    let (_, trail) = two.there("lea", "audit list");
    assert_eq!(trail["result"][0]["event"], "approved");
    assert_eq!(trail["result"][0]["intent"], id.as_str());
}

#[test]
fn run_takes_the_code_and_sends_at_once() {
    let two = Two::new();
    two.key();
    let signed = two.code(&two.slip(&two.asks("maya")));
    let line = format!("run refund_charge charge={} amount=30 --approval {signed}", two.charge);
    let (code, done) = two.here("maya", &line);
    assert_eq!((code, two.refunded()), (0, 3_000), "{done}");
}

#[test]
fn the_key_is_made_once_for_its_owner_alone_and_no_key_signs_nothing() {
    let two = Two::new();
    let id = two.asks("maya");
    let slip = two.slip(&id);
    let (code, none) = two.there("lea", &format!("approve {slip} --yes"));
    assert!(code == 7 && message(&none).contains("approve --make-key"), "{none}");
    let key = two.key();
    let (_, again) = two.there("lea", "approve --make-key");
    assert_eq!(
        (&again["result"]["public_key"], &again["result"]["new"]),
        (&key.as_str().into(), &false.into())
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(two.away().join("approver.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let mut command = two.case.command("--agent lea approve - --yes --json");
    command
        .env("PAYDESK_DATA_DIR", two.away())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), format!("{slip}\n").as_bytes()).unwrap();
    let (code, out, err) = said(child.wait_with_output().unwrap());
    assert!(code == 0 && out.contains("pdok1."), "{out}{err}");
    let cut = &slip[..slip.len() - 7];
    let (code, cut) = two.there("lea", &format!("approve {cut} --yes"));
    assert!(code == 2 && message(&cut).contains("copy it again"), "{cut}");
}

fn rules(more: &str) -> Policy {
    Policy::parse(&format!("{POLICY}{more}"), "policy.toml").unwrap()
}

fn charge(desk: &Desk) -> String {
    let found = desk.elsewhere("GET", "/v1/customers?email=ada@example.com", "");
    let customer = found["data"][0]["id"].as_str().unwrap().to_owned();
    let charges = desk.elsewhere("GET", &format!("/v1/charges?customer={customer}&limit=100"), "");
    let fits = |charge: &&Value| {
        charge["currency"] == "usd"
            && charge["paid"] == true
            && charge["amount_refunded"] == 0
            && charge["disputed"] == false
            && charge["amount"].as_i64() >= Some(4_000)
    };
    charges["data"].as_array().unwrap().iter().find(fits).unwrap()["id"].as_str().unwrap().to_owned()
}

fn proposes(desk: &Desk, charge: &str) -> String {
    let args = Args::default().with("charge", charge).with("amount", "30.00").with("reason", "duplicate");
    let action = actions::find("refund_charge").unwrap();
    let considered = desk.wait(desk.gate.consider(action, &args)).unwrap();
    desk.wait(desk.gate.ask(considered, None, 86_400)).unwrap().id
}

fn refunded(desk: &Desk, charge: &str) -> i64 {
    desk.elsewhere("GET", &format!("/v1/charges/{charge}"), "")["amount_refunded"].as_i64().unwrap()
}

#[test]
fn the_form_asks_a_second_person_who_confirms_at_their_own_desk() {
    let policy = Policy::parse(&POLICY.replace("60.00", "500.00"), "policy.toml").unwrap();
    let mut one = Desk::open(Options { policy: policy.clone(), ..Options::default() });
    let mut two = Desk::beside(&one, Options { agent: "lea", policy, ..Options::default() });
    one.press("ada@<enter>").settle();
    one.press("r").settle();
    one.sees("a second person must agree").reads().press("<enter>").settle();
    one.sees("to ask a second person").sees_not("A 1 waiting").press("99.00<enter>").settle();
    one.sees("waits for a second person; nothing was sent").sees("A 1 waiting");
    one.press("A").settle().sees("you asked for it: it waits for a second person").after_ms(1_000);
    one.press("<enter>").reads().sees("maya asked for it, and so cannot confirm it");
    let waiting = two.wait(two.gate.waiting()).unwrap();
    let asked = &waiting[0];
    two.press("<esc><esc>A").settle().sees("maya asked").press("<enter>").settle().sees("maya asks for it");
    let amount = asked.proposal.amount.unwrap();
    two.press("<enter>").settle();
    two.press(&amount.plain()).press("<enter>").settle().after_ms(6_000);
    assert_eq!(refunded(&two, &asked.proposal.target.id), amount.minor());
    let ended = two.wait(two.gate.asked(&asked.id)).unwrap();
    assert_eq!((ended.state, ended.decided_by.as_deref()), (AskedState::Confirmed, Some("lea")));
}

#[test]
fn the_first_of_two_agrees_in_the_form_and_what_is_changed_there_is_no_longer_it() {
    let mut one = Desk::open(Options { policy: rules(""), ..Options::default() });
    let assistant =
        Desk::beside(&one, Options { agent: "assistant", policy: rules(""), ..Options::default() });
    let charge = charge(&one);
    let id = proposes(&assistant, &charge);
    one.press("<esc><esc>A").settle().press("<enter>").settle().sees("Type the amount again to agree");
    one.press("<bs>5").settle().sees("not what was asked for");
    one.press("<esc>").settle().press("<enter>").reads().press("<enter>").settle();
    one.press("30.00<enter>").settle();
    one.sees("waits for a second person");
    let asked = one.wait(one.gate.asked(&id)).unwrap();
    assert_eq!((asked.state, asked.agreed[0].by.as_str()), (AskedState::Waiting, "maya"));
    one.press("<esc><esc>A")
        .settle()
        .sees("maya agrees to it")
        .after_ms(1_000)
        .press("<enter>")
        .settle()
        .sees("you agreed to it");
    assert_eq!(refunded(&one, &charge), 0);
}

#[test]
fn a_code_goes_in_at_the_inbox_and_the_proposal_leaves_by_the_clipboard() {
    let signer = Signer::read(&Signer::generate().unwrap()).unwrap();
    let policy = rules(&format!("[approvers]\nlea = \"{}\"\n", signer.public()));
    let mut one = Desk::open(Options { policy: policy.clone(), ..Options::default() });
    let lea = Desk::beside(&one, Options { agent: "lea", policy, ..Options::default() });
    let charge = charge(&one);
    let id = proposes(&one, &charge);
    one.press("<esc><esc>A").settle().press("y").settle();
    let slip = Slip::parse(one.copied.last().unwrap()).unwrap();
    assert_eq!(slip.id, id);
    let (code, _) = lea.wait(lea.gate.sign(&slip, &signer)).unwrap();
    one.press("c")
        .send(Message::Paste("pdok1.nonsense".into()))
        .press("<enter>")
        .settle()
        .sees("cut or altered");
    one.press("c")
        .send(Message::Paste(format!("{}\n{}", &code[..70], &code[70..])))
        .press("<enter>")
        .settle();
    one.sees("lea agrees to it by a signed code");
    assert_eq!(refunded(&one, &charge), 0);
    one.press("<enter>").settle().press("<enter>").settle().press("30<enter>").settle().after_ms(6_000);
    assert_eq!(refunded(&one, &charge), 3_000);
}

#[test]
fn the_inbox_and_what_waits_for_two_at_three_sizes() {
    for size @ (width, height) in [(140, 42), (80, 24), (60, 16)] {
        let mut desk = Desk::open(Options { size, policy: rules(""), ..Options::default() });
        let assistant =
            Desk::beside(&desk, Options { agent: "assistant", policy: rules(""), ..Options::default() });
        let charge = charge(&desk);
        let lea = Desk::beside(&desk, Options { agent: "lea", policy: rules(""), ..Options::default() });
        let id = proposes(&assistant, &charge);
        desk.wait(lea.gate.agree(&id)).unwrap();
        desk.after_ms(600_000);
        desk.press("<esc><esc>A").settle();
        insta::assert_snapshot!(format!("second_inbox_{width}x{height}"), desk.screen());
        desk.press("<enter>").settle();
        insta::assert_snapshot!(format!("second_form_{width}x{height}"), desk.screen());
        desk.press("<esc>").settle().press("c").settle();
        insta::assert_snapshot!(format!("second_code_{width}x{height}"), desk.screen());
    }
}
