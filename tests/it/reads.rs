//! `paydesk run` for what only reads: every reading action of the catalogue, by the real binary against the sandbox.

use paydesk::{
    actions::{self, Action, Effect, FieldKind, Gate, Gives, IN_PATH},
    model::Kind,
    sandbox::Options,
};
use serde_json::Value;

use crate::harness::command::{Case, get};

/// An object of a kind that Ada has, or anybody.
fn an_id(case: &Case, kind: Kind) -> String {
    let ada = get(&case.running, "/v1/customers?email=ada@example.com")["data"][0]["id"].clone();
    let ada = ada.as_str().unwrap();
    if kind == Kind::Customer {
        return ada.to_owned();
    }
    let list = kind.endpoint().trim_end_matches("/{id}");
    let found = [format!("{list}?customer={ada}&limit=1"), format!("{list}?limit=1")]
        .into_iter()
        .find_map(|path| get(&case.running, &path)["data"][0]["id"].as_str().map(str::to_owned));
    found.unwrap_or_else(|| panic!("the sandbox has no {}", kind.noun()))
}

/// Where one of several has to be given, none of them is required by itself.
const ALSO: &[(&str, &str)] =
    &[("get_upcoming_invoice", "subscription"), ("preview_credit_note", "credit_amount")];

/// What has to be given, ids that exist and otherwise the examples of the catalogue.
pub(crate) fn given(case: &Case, action: &Action) -> Vec<String> {
    let wanted = |name: &str| field_of(action).contains(&name);
    let required = action.fields.iter().filter(|field| field.required || wanted(field.name));
    let value = |kind: FieldKind, example: &str| match kind {
        FieldKind::Id(kind) => an_id(case, kind),
        _ => example.to_owned(),
    };
    required.map(|field| format!("{}={}", field.name, value(field.kind, field.example))).collect()
}

/// With something of everything.
fn large() -> Case {
    Case::with(Options { customers: 60, ..Options::default() })
}

fn field_of(action: &Action) -> Vec<&'static str> {
    ALSO.iter().filter(|(name, _)| *name == action.name).map(|(_, field)| *field).collect()
}

fn run(case: &Case, action: &Action, more: &[&str]) -> (i32, String, String) {
    let mut command = case.command(&format!("run {}", action.name));
    crate::harness::command::said(command.args(given(case, action)).args(more).output().unwrap())
}

#[test]
fn every_reading_action_reads_what_it_says_and_calls_what_the_catalogue_says() {
    let case = large();
    for action in actions::all().filter(|action| action.effect == Effect::Read) {
        case.running.forget_requests();
        let (code, out, err) = run(&case, action, &["--json"]);
        assert_eq!(code, 0, "{}: {out}\n{err}", action.name);
        let document: Value = serde_json::from_str(&out).unwrap();
        assert_eq!((&document["ok"], &document["action"]), (&true.into(), &action.name.into()), "{document}");
        assert_eq!(document["verdict"]["outcome"], "allow");
        let asked = case.running.requests();
        let last = asked.last().unwrap();
        let path = action.endpoint.path.replace("{id}", "");
        assert_eq!(last.method, action.endpoint.method.name(), "{}", action.name);
        let ids = action.fields.iter().any(|field| field.param == IN_PATH);
        let same =
            if ids { last.path.starts_with(path.split("//").next().unwrap()) } else { last.path == path };
        assert!(same, "{}: {} is not {path}", action.name, last.path);
        let rows = match action.gives {
            Gives::One(_) => vec![&document["result"]],
            Gives::List(_) => document["result"].as_array().unwrap().iter().collect(),
        };
        let (Gives::One(kind) | Gives::List(kind)) = action.gives;
        assert!(rows.iter().all(|row| row["object"] == kind), "{}: {out}", action.name);
        // For a person the same, in lines of equal width.
        let (code, out, err) = run(&case, action, &[]);
        assert_eq!(code, 0, "{}: {err}", action.name);
        let widths: Vec<_> = out.lines().map(|line| line.split('\t').count()).collect();
        match action.gives {
            Gives::One(_) => assert!(widths.iter().all(|width| *width == 2), "{}: {out}", action.name),
            Gives::List(_) => {
                assert_eq!(widths.len(), rows.len() + 1, "{}: {out}", action.name);
                assert!(widths.iter().all(|width| *width == widths[0]), "{}: {out}", action.name);
                let ids = out.lines().skip(1).map(|line| line.rsplit('\t').next().unwrap());
                assert!(ids.zip(&rows).all(|(id, row)| row["id"] == id), "{}: {out}", action.name);
            }
        }
    }
}

#[test]
fn a_dry_run_shows_the_request_and_sends_nothing() {
    let case = large();
    for action in actions::all().filter(|action| action.effect == Effect::Read) {
        let given = given(&case, action);
        case.running.forget_requests();
        let mut command = case.command(&format!("run {} --dry-run --json", action.name));
        let out = command.args(&given).output().unwrap();
        let document: Value = serde_json::from_slice(&out.stdout).unwrap();
        assert_eq!(out.status.code(), Some(0), "{document}");
        let request = &document["result"]["request"];
        assert_eq!(request["method"], action.endpoint.method.name(), "{document}");
        assert!(!request["path"].as_str().unwrap().contains('{'), "{document}");
        let limit = matches!(action.gives, Gives::List(_)).then_some("100");
        assert_eq!(request["parameters"]["limit"].as_str(), limit, "{document}");
        // What only its object makes whole reads that, and nothing else is asked.
        let read = case
            .running
            .requests()
            .into_iter()
            .filter(|seen| seen.method != "GET" || action.reads.is_empty());
        assert_eq!(read.count(), 0, "{}", action.name);
    }
}

#[test]
fn a_list_says_that_there_is_more_and_all_of_it_is_one_document() {
    let case = Case::with(Options::default());
    let (code, out, err) = case.run("run list_charges --limit 3");
    assert_eq!((code, out.lines().count()), (0, 4), "{out}");
    assert!(err.contains("more than these 3: --all shows all of them"), "{err}");
    let (_, page) = case.json("run list_charges");
    assert_eq!(page["result"].as_array().unwrap().len(), 100);
    let (_, some) = case.json("run list_charges --limit 130");
    assert_eq!(some["result"].as_array().unwrap().len(), 130);
    case.running.forget_requests();
    let (code, out, err) = case.run("run list_charges --all --json");
    let all: Value = serde_json::from_str(&out).unwrap();
    let all = all["result"].as_array().unwrap();
    let pages = case.running.requests().iter().filter(|seen| seen.path == "/v1/charges").count();
    assert_eq!((code, pages), (0, all.len().div_ceil(100)), "{err}");
    assert!(all.len() > 130 && err.contains("100 so far"), "{err}");
    let mut ids: Vec<_> = all.iter().map(|charge| charge["id"].as_str().unwrap()).collect();
    assert_eq!(&all[..100], page["result"].as_array().unwrap().as_slice());
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all.len());
    // Nothing in the middle of the list is lost without a word.
    case.faults("garbage@GET /v1/charges#2+");
    let (code, out, _) = case.run("run list_charges --all --json");
    let broken: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &broken["ok"]), (8, &false.into()), "{out}");
    assert_eq!(broken["error"]["kind"], "network");
    assert_eq!(broken["result"].as_array().unwrap().len(), 100);
    case.faults("garbage@GET /v1/charges#2+");
    let (code, out, err) = case.run("run list_charges --all");
    assert!(code == 8 && out.lines().count() == 101, "{out}\n{err}");
}

#[test]
fn what_the_policy_hides_is_not_read() {
    let case = large();
    let hidden = "version = 1\n[customers]\nview_invoices = false\n";
    let hides = |action: &&Action| action.effect == Effect::Read && action.gate == Gate::InvoicesView;
    let lines: Vec<_> = actions::all()
        .filter(hides)
        .map(|action| format!("run {} {}", action.name, given(&case, action).join(" ")))
        .collect();
    std::fs::write(case.home.path().join("policy.toml"), hidden).unwrap();
    case.running.forget_requests();
    for line in lines.iter().flat_map(|line| ["", " --dry-run", " --yes"].map(|more| format!("{line}{more}")))
    {
        let (code, failed) = case.json(&line);
        assert_eq!((code, &failed["error"]["kind"]), (3, &"denied".into()), "{failed}");
        assert_eq!(failed["error"]["rule"], "customers.view_invoices");
    }
    assert!(case.running.requests().iter().all(|seen| !seen.path.contains("invoices")));
    assert_eq!(case.json("run list_charges").0, 0);
}

#[test]
fn a_customer_is_named_by_their_address_where_it_is_theirs_alone() {
    let case = Case::new();
    let ada = an_id(&case, Kind::Customer);
    let (code, found) = case.json("run get_customer customer=Ada@Example.com");
    assert_eq!((code, &found["result"]["id"]), (0, &ada.as_str().into()), "{found}");
    let (_, charges) = case.json("run list_charges customer=ada@example.com");
    let charges = charges["result"].as_array().unwrap();
    assert!(!charges.is_empty() && charges.iter().all(|charge| charge["customer"] == ada.as_str()));
    let (code, failed) = case.json("run get_customer customer=nobody@example.com");
    assert_eq!((code, &failed["error"]["kind"]), (2, &"invalid".into()), "{failed}");
    assert!(
        failed["error"]["message"].as_str().unwrap().starts_with("customer: no customer has the address")
    );
    // Somebody who came back under the same address.
    let all = get(&case.running, "/v1/customers?limit=100");
    let other = all["data"].as_array().unwrap().iter().find(|one| one["id"] != ada.as_str()).unwrap();
    let other = other["id"].as_str().unwrap();
    let (code, _) = case.json(&format!("run update_customer customer={other} email=ada@example.com --yes"));
    assert_eq!(code, 0);
    let (code, failed) = case.json("run list_charges customer=ada@example.com");
    let message = failed["error"]["message"].as_str().unwrap();
    assert!(code == 2 && message.contains(&ada) && message.contains(other), "{message}");
}

#[test]
fn ids_are_of_their_kind_and_links_lead_to_them() {
    let case = Case::new();
    let charge = case.charge(500);
    let link = format!("https://dashboard.stripe.com/test/payments/{charge}");
    let (code, found) = case.json(&format!("run get_charge charge={link}"));
    assert_eq!((code, &found["result"]["id"]), (0, &charge.as_str().into()));
    for (line, says) in [
        ("run get_charge charge=cus_1", "`cus_1` is a customer, but a charge is needed"),
        ("run get_charge chrage=ch_1", "did you mean `charge`?"),
        ("run get_chrage charge=ch_1", "did you mean `get_charge`?"),
        ("run get_charge", "charge: it is required"),
        ("run get_charge charge=ch_1 --all", "--all is for lists, and get_charge gives none"),
        ("run refund_charge charge=ch_1 --limit 3", "--limit is for lists"),
        ("run list_charges since=soon", "since: `soon` is not a time"),
        ("run list_charges --limit 0", "invalid value '0'"),
    ] {
        case.running.forget_requests();
        let (code, _, err) = case.run(line);
        assert!(code == 2 && err.contains(says), "{line}: {err}");
        assert_eq!(case.running.requests(), [], "{line}");
    }
    let (code, failed) = case.json("run get_charge charge=ch_none");
    assert_eq!((code, &failed["error"]["stripe"]["code"]), (5, &"resource_missing".into()), "{failed}");
}

#[test]
fn what_an_action_takes_is_said_without_key_or_network() {
    let case = Case::new();
    case.running.forget_requests();
    for action in actions::all() {
        let (code, out, err) = case.run(&format!("run {} --help", action.name));
        assert!(code == 0 && out.starts_with(action.summary) && err.is_empty(), "{out}{err}");
        assert!(action.fields.iter().all(|field| out.contains(field.name)), "{out}");
    }
    let (code, all) = case.json("run --help");
    assert_eq!((code, all["result"].as_array().unwrap().len()), (0, actions::all().count()));
    let (code, one) = case.json("run refund_charge -h");
    assert_eq!((code, &one["result"]["parameters"][0]["name"]), (0, &"charge".into()));
    let (code, _, err) = case.run("run refund_chrage --help");
    assert!(code == 2 && err.contains("did you mean `refund_charge`?"), "{err}");
    assert_eq!(case.run("run").0, 2);
    assert_eq!(case.running.requests(), []);
}

#[test]
fn a_deleted_customer_is_shown_as_one_and_is_not_changed() {
    let case = Case::with(Options { customers: 45, ..Options::default() });
    let deleted = case.deleted();
    let (code, out, _) = case.run(&format!("run get_customer customer={deleted}"));
    assert!(code == 0 && out.contains("Deleted\tyes"), "{out}");
    for change in ["update_customer name=Ada", "adjust_customer_balance amount=5", "create_portal_session"] {
        let (name, more) = change.split_once(' ').unwrap_or((change, ""));
        let (code, failed) = case.json(&format!("run {name} customer={deleted} {more} --yes"));
        let message = failed["error"]["message"].as_str().unwrap();
        assert!([2, 5].contains(&code), "{change}: {failed}");
        assert!(message.contains("deleted") || message.contains("No such customer"), "{change}: {message}");
    }
    assert!(case.running.requests().iter().all(|seen| seen.method == "GET"));
}
