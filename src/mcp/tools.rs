//! The tools: one an action of the catalogue, described by its own literal, and the few that are not in it.

use std::sync::Arc;

use rmcp::model::{self, JsonObject, ToolAnnotations};
use serde_json::{Value, json};

use super::Assistant;
use crate::{
    actions::{self, Action, Effect, Field, FieldKind, Gives},
    policy::{self, Outcome, Rule, Rules},
};

/// Rows of a page, unless it is said.
pub(super) const ROWS: i64 = 20;
const ROWS_MOST: i64 = 100;

pub(super) const LIMIT: Field =
    Field::new("limit", "Limit", FieldKind::Int { least: 1, most: ROWS_MOST }).help("rows at most", "20");
pub(super) const CURSOR: Field = Field::new("cursor", "Cursor", FieldKind::Text { most: 1_000 })
    .help("where to go on: the `cursor` of the page before", "ch_3Px");
pub(super) const WHY: Field = Field::new("why", "Why", FieldKind::Text { most: 400 })
    .help("why you ask for it, for the person who decides", "the customer wrote that she paid twice");
pub(super) const TEXT: Field = Field::new("text", "Text", FieldKind::Text { most: 200 })
    .required()
    .help("an e-mail, a name, a phone number, an id, an invoice number, the last four digits of a card, an amount, a link", "ada@example.com");
pub(super) const PROPOSAL: Field = Field::new("proposal", "Proposal", FieldKind::Text { most: 80 })
    .required()
    .help("the id that the change answered with", "prop_019ac");

pub(super) const ABOUT: Field = Field::new("id", "Id", FieldKind::Text { most: 200 })
    .help("a charge, payment intent, invoice, subscription, refund or dispute", "ch_3Px");
pub(super) const CUSTOMER: Field =
    Field::new("customer", "Customer", FieldKind::Text { most: 200 }).help("whose charge", "cus_Qx8");
pub(super) const SAID: Field = Field::new("said", "Said", FieldKind::Text { most: 80 })
    .help("the amount and the day as the customer says them, both roughly", "49 yesterday");

pub(super) const SUBSCRIPTION: Field =
    Field::new("subscription", "Subscription", FieldKind::Text { most: 200 })
        .required()
        .help("the subscription", "sub_1Pgc");
pub(super) const ON: Field =
    Field::new("on", "On", FieldKind::When).help("the date that `on a date` means", "2026-12-31");
pub(super) const DAYS: Field = Field::new("days", "Days", FieldKind::Int { least: 1, most: 366 })
    .help("so many days, today among them; 30 unless it is said", "30");

pub(super) const CHARGE: Field = Field::new("charge", "Charge", FieldKind::Id(crate::model::Kind::Charge))
    .required()
    .help("the charge", "ch_3Px");
pub(super) const BACK: Field = Field::new("amount", "Amount", FieldKind::Text { most: 40 })
    .help("what is to be given back, in the charge's currency; all that is left, unless said", "49.00");

const FIND_CUSTOMER: &str = "find_customer";
const PROPOSAL_STATUS: &str = "proposal_status";
const EXPLAIN: &str = "explain_charge";
const TWICE: &str = "find_duplicates";
const TIMELINE: &str = "customer_timeline";
const MONITOR: &str = "refund_monitor";
const OUTCOMES: &str = "cancel_outcomes";
const PREFLIGHT: &str = "refund_preflight";

#[derive(Clone, Copy, Debug)]
pub(super) enum Tool {
    Action(&'static Action),
    FindCustomer,
    ProposalStatus,
    Explain,
    Twice,
    Timeline,
    Monitor,
    Outcomes,
    Preflight,
}

impl Tool {
    pub(super) fn find(name: &str) -> Option<Self> {
        match name {
            FIND_CUSTOMER => Some(Self::FindCustomer),
            PROPOSAL_STATUS => Some(Self::ProposalStatus),
            EXPLAIN => Some(Self::Explain),
            TWICE => Some(Self::Twice),
            TIMELINE => Some(Self::Timeline),
            MONITOR => Some(Self::Monitor),
            OUTCOMES => Some(Self::Outcomes),
            PREFLIGHT => Some(Self::Preflight),
            _ => actions::find(name).map(Self::Action),
        }
    }
}

pub(super) fn names() -> impl Iterator<Item = &'static str> {
    [FIND_CUSTOMER, PROPOSAL_STATUS, EXPLAIN, TWICE, TIMELINE, MONITOR, OUTCOMES, PREFLIGHT]
        .into_iter()
        .chain(actions::all().map(|action| action.name))
}

/// It only looks.
pub(super) fn reads(action: &Action) -> bool {
    action.effect == Effect::Read
}

/// What goes with the action's own fields.
pub(super) fn beside(action: &Action) -> &'static [Field] {
    match action.gives {
        _ if !reads(action) => &[WHY],
        Gives::List(_) => &[LIMIT, CURSOR],
        Gives::One(_) => &[],
    }
}

/// The changes that the policy lists for the assistant.
pub(super) fn listed(rules: &Rules) -> &[String] {
    rules.words(Rule::AssistantActions).unwrap_or_default()
}

/// What this assistant may use now.
pub(super) fn offered(assistant: &Assistant) -> Vec<model::Tool> {
    let rules = assistant.rules();
    let policy = assistant.gate.rules();
    let agent = &assistant.gate.identity().agent;
    let may = |action: &&'static Action| {
        if reads(action) {
            policy::may_read(&policy, agent, action).outcome == Outcome::Allow
        } else {
            listed(&rules).iter().any(|name| name == action.name)
        }
    };
    let own = [
        own(FIND_CUSTOMER, "Find customers and what is theirs by whatever is known of them", &[TEXT]),
        own(
            EXPLAIN,
            "Why somebody was charged: the parts to the cent, what it was for, when the next one comes, and a reply to the customer",
            &[ABOUT, CUSTOMER, SAID, CURSOR],
        ),
        own(
            TWICE,
            "Whether a customer was charged twice: each group with its evidence and what to give back",
            &[CUSTOMER, CURSOR],
        ),
        own(
            TIMELINE,
            "Everything that happened to a customer, the newest first, with where each refund is; without the notes that agents keep on this machine",
            &[CUSTOMER, CURSOR],
        ),
        own(
            MONITOR,
            "What was refunded in the last days, by day, agent, reason and customer, against the caps, and what stands out with its rule",
            &[DAYS],
        ),
        own(
            OUTCOMES,
            "What each way of ending a subscription comes to, side by side with pausing it or a smaller plan: access, money, what can be taken back, what the policy allows",
            &[SUBSCRIPTION, ON],
        ),
        own(
            PREFLIGHT,
            "Before a refund: what stands in its way, what the customer sees and when, what it does not do, and what would be safer",
            &[CHARGE, BACK],
        ),
        own(PROPOSAL_STATUS, "What became of a proposal, or of a change (int_…)", &[PROPOSAL]),
    ];
    own.into_iter().chain(actions::all().filter(may).map(of)).collect()
}

fn own(name: &'static str, summary: &'static str, fields: &[Field]) -> model::Tool {
    model::Tool::new(name, summary, schema(fields.iter())).with_annotations(hints(Effect::Read))
}

fn of(action: &'static Action) -> model::Tool {
    let about = match action.gives {
        _ if !reads(action) => {
            ". Done at once where the policy lets it; otherwise it becomes a proposal that waits for a person"
        }
        Gives::List(_) => ". A page at a time",
        Gives::One(_) => "",
    };
    let fields = action.fields.iter().chain(beside(action));
    model::Tool::new(action.name, format!("{}{about}", action.summary), schema(fields))
        .with_annotations(hints(action.effect))
}

fn hints(effect: Effect) -> ToolAnnotations {
    let hints = ToolAnnotations::new().read_only(effect == Effect::Read).open_world(true);
    match effect {
        Effect::Read => hints.idempotent(true).destructive(false),
        // Money that went out does not come back, whatever the catalogue calls final.
        Effect::Money | Effect::Destructive => hints.destructive(true).idempotent(false),
        Effect::Write => hints.destructive(false).idempotent(false),
    }
}

/// What the arguments have to be, as a JSON schema.
fn schema<'f>(fields: impl Iterator<Item = &'f Field>) -> Arc<JsonObject> {
    let (mut properties, mut required) = (JsonObject::new(), Vec::new());
    for field in fields {
        properties.insert(field.name.to_owned(), property(field));
        if field.required {
            required.push(field.name);
        }
    }
    let schema = json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    });
    Arc::new(schema.as_object().cloned().unwrap_or_default())
}

fn property(field: &Field) -> Value {
    let mut schema = match field.kind {
        FieldKind::Int { least, most } => json!({"type": "integer", "minimum": least, "maximum": most}),
        FieldKind::Bool => json!({"type": "boolean"}),
        FieldKind::Text { most } => json!({"type": "string", "maxLength": most}),
        FieldKind::Texts { most } => json!({"type": "array", "items": {"type": "string", "maxLength": most}}),
        FieldKind::Items => json!({"type": "array", "items": {"type": "string"}}),
        FieldKind::Pairs => json!({"type": "object", "additionalProperties": {"type": "string"}}),
        FieldKind::Choice(choices) => {
            let values: Vec<_> = choices.iter().map(|choice| choice.value).collect();
            json!({"type": "string", "enum": values})
        }
        FieldKind::Money => json!({"type": "string", "pattern": r"^-?\d+(\.\d+)?$"}),
        FieldKind::Id(_) | FieldKind::When => json!({"type": "string"}),
    };
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("title".into(), json!(field.label));
        schema.insert("description".into(), json!(described(field)));
        schema.insert("examples".into(), json!([example(field)]));
    }
    schema
}

/// What it is for, what may be written, and for a choice a word about each value.
fn described(field: &Field) -> String {
    match field.kind {
        FieldKind::Choice(choices) => {
            let words: Vec<_> =
                choices.iter().map(|choice| format!("{}: {}", choice.value, choice.says)).collect();
            format!("{} ({})", field.help, words.join("; "))
        }
        FieldKind::Money => format!("{} (in the currency's own decimals, as text)", field.help),
        FieldKind::When => {
            format!("{} (2026-11-22, yesterday, 3d, an RFC 3339 instant or a Unix time)", field.help)
        }
        FieldKind::Id(_) | FieldKind::Items => format!("{} ({})", field.help, field.kind.takes()),
        FieldKind::Int { .. }
        | FieldKind::Bool
        | FieldKind::Text { .. }
        | FieldKind::Texts { .. }
        | FieldKind::Pairs => field.help.to_owned(),
    }
}

/// The field's example, in the shape that its schema asks for.
fn example(field: &Field) -> Value {
    let text = field.example;
    match field.kind {
        FieldKind::Int { .. } => text.parse::<i64>().map_or_else(|_| json!(text), |number| json!(number)),
        FieldKind::Bool => json!(matches!(text, "true" | "yes")),
        FieldKind::Texts { .. } | FieldKind::Items => {
            json!(text.split(',').map(str::trim).collect::<Vec<_>>())
        }
        FieldKind::Pairs => {
            let pairs = text.split(',').filter_map(|pair| pair.trim().split_once('='));
            Value::Object(pairs.map(|(name, value)| (name.to_owned(), json!(value))).collect())
        }
        FieldKind::Id(_)
        | FieldKind::Money
        | FieldKind::Choice(_)
        | FieldKind::Text { .. }
        | FieldKind::When => json!(text),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, RwLock};

    use jiff::tz::TimeZone;

    use super::*;
    use crate::{
        gate::{Gate, Identity, fake::FakeStripe},
        ledger::Ledger,
        policy::Policy,
        time::{ManualClock, Unix},
    };

    #[test]
    fn what_goes_beside_an_action_has_names_of_its_own() {
        for action in actions::all() {
            for field in beside(action) {
                assert!(action.field(field.name).is_none(), "{} {}", action.name, field.name);
            }
            assert!(!matches!(
                action.name,
                FIND_CUSTOMER | PROPOSAL_STATUS | EXPLAIN | TWICE | TIMELINE | MONITOR | OUTCOMES | PREFLIGHT
            ));
        }
    }

    #[test]
    fn every_field_of_every_action_has_a_schema_that_its_own_example_fits() {
        for action in actions::all() {
            let tool = of(action);
            assert_eq!(tool.input_schema["additionalProperties"], json!(false));
            for field in action.fields {
                let schema = &tool.input_schema["properties"][field.name];
                let kind = schema["type"].as_str().unwrap();
                let example = &schema["examples"][0];
                let fits = match kind {
                    "string" => example.is_string(),
                    "integer" => example.is_i64(),
                    "boolean" => example.is_boolean(),
                    "array" => example.as_array().is_some_and(|items| !items.is_empty()),
                    "object" => example.as_object().is_some_and(|pairs| !pairs.is_empty()),
                    other => panic!("{other}"),
                };
                assert!(fits, "{} {}: {schema}", action.name, field.name);
                assert!(
                    schema["description"].as_str().is_some_and(|text| !text.is_empty()),
                    "{}",
                    field.name
                );
                let required = tool.input_schema["required"].as_array().unwrap();
                assert_eq!(required.contains(&json!(field.name)), field.required, "{}", field.name);
            }
        }
    }

    /// The one action more that tests have, offered where the policy lists it and nowhere else.
    #[test]
    fn a_further_action_is_a_tool_as_soon_as_the_policy_lists_it() {
        for (listed, offers) in [("[\"delete_invoice_item\"]", true), ("[\"update_charge\"]", false)] {
            let clock = Arc::new(ManualClock::at(Unix(1_795_435_200)));
            let stripe = FakeStripe::new(Arc::clone(&clock));
            let rules = format!("version = 1\ninvoices.change = true\nassistant.actions = {listed}");
            let rules = Arc::new(RwLock::new(Policy::parse(&rules, "policy.toml").unwrap()));
            let folder = tempfile::tempdir().unwrap();
            let ledger = Arc::new(Mutex::new(Ledger::open(folder.path()).unwrap()));
            let identity = Identity {
                agent: "assistant".into(),
                profile: "test".into(),
                account: "acct_1".into(),
                live: false,
                zone: TimeZone::UTC,
                read_only: None,
            };
            let gate = Gate::new(stripe.clone(), ledger, rules, clock, identity);
            let assistant = Assistant::new(Arc::new(gate), stripe, TimeZone::UTC);
            let tools = offered(&assistant);
            let tool = tools.iter().find(|tool| tool.name == "delete_invoice_item");
            assert_eq!(tool.is_some(), offers, "{listed}");
            let Some(tool) = tool else { continue };
            assert_eq!(tool.input_schema["required"], json!(["invoice_item"]));
            assert!(tool.description.as_deref().unwrap().contains("waits for the next invoice"));
        }
    }

    #[test]
    fn hints_tell_what_an_action_does() {
        for action in actions::all() {
            let hints = of(action).annotations.unwrap();
            assert_eq!(hints.read_only_hint, Some(reads(action)), "{}", action.name);
            assert_eq!(hints.destructive_hint, Some(action.effect >= Effect::Money), "{}", action.name);
        }
    }
}
