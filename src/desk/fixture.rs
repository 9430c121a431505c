//! A desk for tests: one customer with charges, a subscription and invoices, as Stripe's JSON would have made it.

use serde_json::{Value, json};

use super::{
    data::Folder,
    key::parse_keys,
    message::{Command, Commands, Message},
    panes::PaneId,
    sheet::{Item, Sheet},
    state::{Mode, Session, State},
    update,
};
use crate::{
    actions::{Args, Effect, Gate, Proposal, Terms},
    ledger::{Intent, IntentState},
    model::{AnyId, CustomerId, Page, Record},
    money::{Currency, Money},
    policy::{Decision, Fact, Outcome, Policy, Spent},
    request::Request,
    time::Unix,
};

/// 2026-11-23T12:00:00Z
pub(crate) const NOW_MS: i64 = 1_795_435_200_000;

fn record<T: serde::de::DeserializeOwned>(json: &Value) -> Record<T> {
    Record::parse(json.to_string()).unwrap()
}

pub(crate) fn page<T: serde::de::DeserializeOwned>(rows: &[Value]) -> Page<T> {
    Page::parse(&json!({"object": "list", "data": rows, "has_more": false}).to_string()).unwrap()
}

pub(crate) fn charge(id: &str, minor: i64, refunded: i64, currency: &str) -> Value {
    json!({"id": id, "object": "charge", "amount": minor, "amount_captured": minor, "amount_refunded": refunded,
        "currency": currency, "created": 1_795_352_460, "status": "succeeded", "captured": true, "paid": true,
        "customer": "cus_1", "payment_intent": "pi_1", "balance_transaction": "txn_1", "description": "Pro \u{1b}[31m",
        "payment_method_details": {"type": "card", "card": {"brand": "visa", "last4": "4242"}}, "livemode": false,
        "refunds": {"object": "list", "data": if refunded > 0 {
            vec![json!({"id": "re_1", "object": "refund", "amount": refunded, "currency": currency, "status": "succeeded",
                "charge": id})]
        } else { vec![] }},
        "metadata": {"order": "A-7"}})
}

pub(crate) fn subscription() -> Value {
    json!({"id": "sub_1", "object": "subscription", "status": "active", "currency": "usd", "customer": "cus_1",
        "start_date": 1_710_460_800, "created": 1_710_460_800, "latest_invoice": "in_1",
        "items": {"data": [{"id": "si_1", "quantity": 1, "current_period_end": 1_797_325_920, "price": {"id": "price_1",
            "object": "price", "currency": "usd", "unit_amount": 9900, "product": "prod_1",
            "recurring": {"interval": "month", "interval_count": 1}}}]}})
}

/// Ada's desk: three charges ($99.00; $49.00 with $20.00 refunded; ¥12,000), the subscription Pro, one invoice.
pub(crate) fn state() -> State {
    let account =
        json!({"id": "acct_1", "settings": {"dashboard": {"display_name": "Acme", "timezone": "Etc/UTC"}}});
    let session = Session {
        mode: Mode::Sandbox,
        account: Some(record(&account)),
        bound_to: String::new(),
        agent: "maya".into(),
        profile: "default".into(),
        read_only: None,
        zone: jiff::tz::TimeZone::UTC,
        day_zone: jiff::tz::TimeZone::UTC,
        undo_ms: 5_000,
        poll_ms: 0,
        settings: vec![("undo".into(), "5 s".into(), "default".into())],
        languages: crate::answers::reply::Languages::default(),
        tips: Vec::new(),
        profiles: Vec::new(),
    };
    let mut state = State::new(session, policy(), NOW_MS, (140, 42));
    let customer = CustomerId::parse("cus_1").unwrap();
    let mut folder = Folder::default();
    let ada =
        json!({"id": "cus_1", "object": "customer", "name": "Ada Lovelace", "email": "ada@example.com"});
    folder.customer.fill(record(&ada), NOW_MS);
    let charges = [
        charge("ch_1", 9_900, 0, "usd"),
        charge("ch_2", 4_900, 2_000, "usd"),
        charge("ch_3", 12_000, 0, "jpy"),
    ];
    folder.charges.fill(page(&charges).into(), NOW_MS);
    folder.subscriptions.fill(page(&[subscription()]).into(), NOW_MS);
    let invoice = json!({"id": "in_1", "object": "invoice", "number": "A-0012", "status": "paid", "currency": "usd",
        "total": 9900, "customer": "cus_1", "payments": {"data": [{"id": "inpay_1", "payment": {"type": "payment_intent",
        "payment_intent": "pi_1"}}]}});
    folder.invoices.fill(page(&[invoice]).into(), NOW_MS);
    folder.index_payments();
    state.data.folders.insert(customer.clone(), folder);
    let product = json!({"id": "prod_1", "object": "product", "name": "Pro", "active": true});
    let product = record::<crate::model::Product>(&product);
    state.data.products.insert(product.id.clone(), product);
    state.open = Some(customer);
    state.spent = Fact::Known(Spent::default());
    state
}

/// Ada's desk with these rows in a pane over a list of its own; `more`: Stripe has older ones.
pub(crate) fn listed(pane: PaneId, rows: &[Value], more: bool) -> State {
    let mut state = state();
    let source = pane.pane().source.as_ref().unwrap();
    let json = json!({"object": "list", "data": rows, "has_more": more}).to_string();
    let came = (source.read)(&json).unwrap();
    let customer = state.open.clone().unwrap();
    if source.is_account_wide() {
        state.data.lists.entry(pane).or_default().put(came, None, NOW_MS);
    } else {
        let folder = state.data.folders.get_mut(&customer).unwrap();
        folder.put_listed((pane, &customer), came, None, NOW_MS);
    }
    state.focus = pane;
    state
}

/// The rows of a pane as its cells, with a bar between them.
pub(crate) fn rows(state: &State, pane: PaneId) -> Vec<String> {
    let row = |at| (pane.pane().row)(state, at).unwrap();
    let rows = (0..(pane.pane().len)(state)).map(row);
    rows.map(|row| row.cells.iter().map(|cell| cell.text().trim().to_owned()).collect::<Vec<_>>().join(" | "))
        .collect()
}

/// What must hold of any pane whatever its rows hold: every row draws, sorts, names itself, and lets no stranger's letter through.
pub(crate) fn holds(state: &State, pane: PaneId) {
    let id = pane;
    let pane = pane.pane();
    for at in 0..(pane.len)(state) {
        let row = (pane.row)(state, at).unwrap();
        assert_eq!(row.cells.len(), pane.columns.len(), "{}", pane.name);
        for column in 0..pane.columns.len() {
            let _key = (pane.key)(state, at, column);
        }
        let text: String = row.cells.iter().map(super::sheet::Line::text).collect();
        assert!(!text.chars().any(|c| c.is_control() || c == '\u{202e}'), "{}: {text:?}", pane.name);
        let target = (pane.target)(state, at).unwrap();
        assert_eq!(target.kind, pane.kind);
        assert_eq!((pane.subject)(state, at).unwrap().id(), &target);
        assert!((pane.raw)(state, at).unwrap().contains(&target.id));
    }
    let past = (pane.len)(state);
    assert!((pane.row)(state, past).is_none() && (pane.target)(state, past).is_none());
    assert_eq!(super::panes::count(state, id), past);
}

fn policy() -> Policy {
    let rules = r#"version = 1
        refunds.max = { usd = "500.00", jpy = "50000" }
        refunds.automatic = { usd = "50.00", jpy = "5000" }
        refunds.reason = "required"
        subscriptions.cancel = ["period_end", "now", "date"]
        subscriptions.proration = "choose""#;
    Policy::parse(rules, "policy.toml").unwrap()
}

/// Presses keys as the terminal would send them.
pub(crate) fn press(state: &mut State, keys: &str) -> Vec<Command> {
    let press = |key| update(state, NOW_MS, Message::Key(key)).0;
    parse_keys(keys).unwrap().into_iter().flat_map(press).collect()
}

/// The same by somebody who reads before each key.
pub(crate) fn press_slowly(state: &mut State, keys: &str) -> Vec<Command> {
    let press = |key| {
        let at_ms = state.now_ms.saturating_add(1_000);
        update(state, at_ms, Message::Key(key)).0
    };
    parse_keys(keys).unwrap().into_iter().flat_map(press).collect()
}

pub(crate) fn paste(state: &mut State, text: &str) {
    let _commands = update(state, NOW_MS, Message::Paste(text.into()));
}

pub(crate) fn tell(state: &mut State, message: &Message) -> Vec<Command> {
    update(state, NOW_MS, message.clone()).0
}

/// The task that last asked for fresh facts.
pub(crate) fn facts_task(commands: &[Command]) -> super::message::TaskId {
    let found = commands.iter().rev().find_map(|command| match command {
        Command::Facts { task, .. } => Some(*task),
        _ => None,
    });
    found.unwrap()
}

/// Selects a row of a pane and opens the form of an action on it; its questions.
pub(crate) fn begin(state: &mut State, pane: super::panes::PaneId, row: usize, action: &str) -> Vec<Command> {
    state.focus = pane;
    state.pane_mut(pane).selected = row;
    let mut commands = Commands::default();
    let modal = super::flow::begin(state, crate::actions::find(action).unwrap(), &mut commands);
    state.modals.extend(modal);
    commands.0
}

/// The form's own question for facts, answered with what it already shows.
pub(crate) fn answer_facts(state: &mut State, commands: &[Command]) {
    let pane = state.focus.pane();
    let subject = (pane.subject)(state, state.pane(pane.id).selected).unwrap();
    let message = Message::Facts {
        task: facts_task(commands),
        subject: Fact::Known(subject),
        spent: Fact::Known(Spent::default()),
    };
    tell(state, &message);
}

pub(crate) fn prepares(commands: &[Command]) -> Vec<super::message::Change> {
    let change = |command: &Command| match command {
        Command::Prepare { change, .. } => Some((**change).clone()),
        _ => None,
    };
    commands.iter().filter_map(change).collect()
}

/// The topmost modal's sheet as plain lines.
pub(crate) fn text(state: &State) -> String {
    state.modals.last().map_or_else(String::new, |modal| sheet_text(&modal.sheet(state)))
}

pub(crate) fn sheet_text(sheet: &Sheet) -> String {
    let mut lines = vec![sheet.title.text()];
    lines.extend(sheet.head.iter().chain(&sheet.items).chain(&sheet.pinned).map(item_text));
    lines.push(sheet.footer.text());
    lines.join("\n")
}

fn item_text(item: &Item) -> String {
    match item {
        Item::Text(line) => line.text(),
        Item::Pair { label, value } => format!("{label}  {}", value.text()),
        Item::Input { label, field, after } => {
            let focus = if field.focused { "▏" } else { "" };
            format!("{label} [{}{focus}] {}", field.value, after.text())
        }
        Item::Choice { label, options, focused } => {
            let options: Vec<_> = options
                .iter()
                .map(|offer| {
                    let denied = offer.denied.as_ref().map_or_else(String::new, |rule| format!(" ({rule})"));
                    format!("{} {}{denied}", if offer.chosen { "●" } else { "○" }, offer.says)
                })
                .collect();
            format!("{label}{} {}", if *focused { "▏" } else { "" }, options.join(" "))
        }
        Item::Verdict { mark, text } => format!("{mark:?} {text}"),
        Item::Pick { line, selected } => format!("{}{}", if *selected { "▸" } else { " " }, line.text()),
        Item::Entry { lines, selected } => {
            let lines: Vec<_> = lines.iter().map(super::sheet::Line::text).collect();
            format!("{}{}", if *selected { "▸" } else { " " }, lines.join("\n  "))
        }
        Item::Gap => String::new(),
        Item::Divider(word) => format!("── {word}"),
        Item::Code { text, find } => format!("code /{find}/\n{text}"),
    }
}

pub(crate) fn intent(id: &str, state: IntentState) -> Intent {
    let target = AnyId::parse("ch_1").unwrap();
    let request = Request::post("/v1/refunds", &[]);
    Intent {
        id: id.into(),
        state,
        proposal: Proposal {
            action: "refund_charge".into(),
            effect: Effect::Money,
            gate: Gate::Refund,
            also: Vec::new(),
            args: Args::default(),
            target,
            customer: Some(CustomerId::parse("cus_1").unwrap()),
            amount: Some(Money::new(9_900, Currency::USD)),
            terms: Terms::default(),
            sentence: "refund $99.00 of ch_1 to visa ··4242".into(),
            request: request.clone(),
        },
        request,
        request_hash: String::new(),
        decision: Decision { outcome: Outcome::Allow, rules: Vec::new(), policy_hash: String::new() },
        agent: "sam".into(),
        profile: "default".into(),
        account: "acct_1".into(),
        live: false,
        created: Unix(NOW_MS / 1_000 - 60),
        hold_until_ms: NOW_MS + 5_000,
        first_sent: None,
        attempts: 0,
        request_id: None,
        result_id: None,
        message: None,
    }
}
