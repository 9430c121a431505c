//! One action more than there are, for tests alone: it shows what a further action takes. This literal is all of it; palette,
//! keys, form, parameters, docs and the gate find it by themselves. The sandbox has its endpoint for reasons of its own.

use super::{
    Action, Answer, Args, Build, Done, Effect, Family, Field, FieldError, FieldKind, Gate, Gives, IN_PATH,
    Moment, Proof, Proposal, Reads, Shown, Subject, delete, given::NOTE, watch, write,
};
use crate::{model::Kind, request::Request, text::short_id};

pub(super) const ACTIONS: &[Action] = &[TAKE_BACK];

const TAKE_BACK: Action = Action {
    name: "delete_invoice_item",
    family: Family::Invoices,
    effect: Effect::Destructive,
    key: Some("x"),
    hint: "take back",
    verb: "take {it} away",
    summary: "Take an amount away that waits for the next invoice",
    also_called: &["strike out"],
    endpoint: delete("/v1/invoiceitems/{id}"),
    permission: write("invoice_item"),
    gate: Gate::InvoicesWrite,
    also: &[],
    fields: &[
        Field::new("invoice_item", "Amount", FieldKind::Id(Kind::InvoiceItem))
            .required()
            .help("the amount that waits", "ii_1Pgc…")
            .param(IN_PATH),
        NOTE,
    ],
    reads: &[Reads::of(
        "invoice_item",
        &[watch("amount", "amount", Shown::Money), watch("invoice", "invoice", Shown::Plain)],
    )],
    proof: Proof::Object {
        done: |_, object| Done::No(format!("{} still waits", object.id())),
        answer: Answer::Another,
    },
    on: &[Kind::InvoiceItem],
    applies: waits,
    build: Build::Change(take_back),
    gives: Gives::One("invoiceitem"),
    refreshes: &[Kind::InvoiceItem, Kind::Invoice],
    undo: None,
    metadata: false,
};

fn waits(subject: &Subject) -> Result<(), String> {
    match subject.value().get("invoice").and_then(serde_json::Value::as_str) {
        Some(invoice) => Err(format!("it stands on {} already", crate::text::clean(invoice))),
        None => Ok(()),
    }
}

fn take_back(args: &Args, subject: &Subject, _moment: &Moment) -> Result<Proposal, FieldError> {
    let id = args.any_id("invoice_item", Kind::InvoiceItem)?;
    waits(subject).map_err(|reason| FieldError::new("invoice_item", reason))?;
    let request = Request::delete(TAKE_BACK.endpoint.path, &[&id.id]);
    let sentence = format!("take {} away: it comes on no invoice", short_id(&id.id));
    Ok(Proposal::of(&TAKE_BACK, (args, subject), request, sentence))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex, RwLock};

    use jiff::tz::TimeZone;

    use super::{super::fixture, *};
    use crate::{
        actions,
        desk::{form::Form, keymap},
        gate::{Ask, Gate as TheGate, Identity, Release},
        ledger::{IntentState, Ledger},
        policy::{Given, Policy},
        sandbox,
        stripe::{self, Client, Priority, Settings},
        time::{Clock, ManualClock, Unix},
    };

    const NOW: i64 = fixture::NOW.0;

    #[test]
    fn it_is_the_sixty_fifth() {
        assert_eq!(actions::all().count(), 65);
        assert!(actions::find("delete_invoice_item").is_some());
    }

    #[test]
    fn its_key_works_on_its_rows_and_its_form_asks_for_its_fields() {
        let state = crate::desk::fixture::state();
        let rows: Vec<_> = keymap::acting(&state, Kind::InvoiceItem).collect();
        let [row] = rows.as_slice() else { panic!("{}", rows.len()) };
        assert!(row.has(crate::desk::key::Key::char('x')));
        let form = Form::of(actions::find("delete_invoice_item").unwrap());
        assert!(form.entries().any(|entry| entry.name == "note"));
    }

    /// A Stripe stand-in, and the gate to it.
    async fn open() -> (sandbox::Running, Client, TheGate, tempfile::TempDir) {
        let clock = sandbox::Clock::fixed(NOW);
        let options = sandbox::Options { seed: 7, customers: 5, clock, ..sandbox::Options::default() };
        let running = sandbox::start(options).await.unwrap();
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(Unix(NOW)));
        let key = running.secret_key().to_owned().into();
        let client =
            Client::new(Settings::new(running.base_url().parse().unwrap(), key), Arc::clone(&clock)).unwrap();
        let identity = Identity {
            agent: "maya".into(),
            profile: "test".into(),
            account: running.account().into(),
            live: false,
            zone: TimeZone::UTC,
            read_only: None,
        };
        let folder = tempfile::tempdir().unwrap();
        let ledger = Arc::new(Mutex::new(Ledger::open(folder.path()).unwrap()));
        let rules = Policy::parse(
            "version = 1\ninvoices = { change = true, max_item = { usd = \"50.00\" } }",
            "policy.toml",
        )
        .unwrap();
        let gate =
            TheGate::new(Arc::new(client.clone()), ledger, Arc::new(RwLock::new(rules)), clock, identity);
        (running, client, gate, folder)
    }

    async fn done(gate: &TheGate, action: &str, given: &[(&str, &str)]) -> String {
        let ask = Ask {
            action: action.into(),
            args: fixture::args(given),
            given: Given::Yes,
            hold_ms: 0,
            asked: None,
            seen: None,
            confirmed: None,
            repeat_ok: false,
            together: false,
            confirm_word: None,
        };
        let intent = gate.prepare(&ask).await.unwrap();
        let ending = gate.send(&intent.id, Release::Now, |_| {}).await.unwrap();
        assert_eq!(ending.intent.state, IntentState::Settled, "{:?}", ending.intent.message);
        ending.intent.result_id.unwrap()
    }

    #[tokio::test]
    async fn it_runs_through_the_gate_against_the_sandbox() {
        let (running, client, gate, _folder) = open().await;
        let list = Request::get("/v1/customers", &[]).with("email", "ada@example.com");
        let reply = stripe::read(&client, &list, Priority::Waiting).await.unwrap();
        let found: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
        let customer = found["data"][0]["id"].as_str().unwrap().to_owned();
        let item = done(&gate, "create_invoice_item", &[("customer", &customer), ("amount", "5")]).await;
        done(&gate, "delete_invoice_item", &[("invoice_item", &item)]).await;
        let asked = running.requests();
        assert!(
            asked
                .iter()
                .any(|seen| seen.method == "DELETE" && seen.path == format!("/v1/invoiceitems/{item}"))
        );
        let gone = Request::get("/v1/invoiceitems/{id}", &[&item]);
        assert!(stripe::read(&client, &gone, Priority::Waiting).await.is_err(), "it is gone");
    }
}
