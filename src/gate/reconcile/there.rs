//! What Stripe shows of a change: the thing that it made, with our marks on it. Pure.

use serde_json::Value;

use crate::{
    actions::{self, Listed, MARK, Proof},
    ledger::Intent,
    model::RefundStatus,
    money::{Currency, Money},
    text::clean,
    time::Unix,
};

/// Names of what we write into Stripe's metadata begin so.
const OURS: &str = "paydesk_";
/// Where the trail ended when the change was confirmed.
const HEAD: &str = "paydesk_audit_head";
const AGENT: &str = "paydesk_agent";
const MADE_BY: &str = "/metadata/agent";

/// One thing that was made: a refund, a credit note, an invoice item, a balance transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// `re_…`
    pub(super) id: String,
    pub(super) at: Unix,
    pub(super) amount: Option<Money>,
    pub(super) status: String,
    /// What is worth saying of it: pending, failed later.
    pub(super) says: Option<String>,
    /// What came back of what was sent: the call's parameter, the field, and what stands there.
    echoes: Vec<(&'static str, &'static str, String)>,
    /// Our marks, by name.
    marks: Vec<(String, String)>,
    /// Whom another tool notes as its maker.
    made_by: Option<String>,
    /// Refunds that a credit note made, or was linked to.
    pub(super) refunds: Vec<String>,
}

/// As it stands in a form: a link by its id, a number by its digits. None: it is not there.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Object(fields) => fields.get("id").and_then(Value::as_str).map(str::to_owned),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) => Some(value.to_string()),
    }
}

impl Row {
    pub(super) fn read(listed: &'static Listed, value: &Value) -> Self {
        let text = |name: &str| value.get(name).and_then(plain);
        let number = |name: &str| value.get(name).and_then(Value::as_i64);
        let currency = text("currency").as_deref().and_then(Currency::parse);
        let reason = [("reason", "reason")];
        let echoes = listed.echoes.iter().chain(&reason).filter_map(|(param, field)| {
            // What is not there at all is not told by this list.
            let said = value.get(field)?;
            Some((*param, *field, plain(said).unwrap_or_default()))
        });
        let refunds = value.get("refunds").and_then(Value::as_array);
        let made = |part: &Value| part.get("refund").and_then(plain);
        Self {
            id: clean(&text("id").unwrap_or_default()),
            // Stripe's older objects call it their date.
            at: Unix(number("created").or_else(|| number("date")).unwrap_or_default()),
            amount: number("amount").zip(currency).map(|(minor, currency)| Money::new(minor, currency)),
            status: clean(&text("status").unwrap_or_default()),
            says: (listed.says)(value),
            echoes: echoes.collect(),
            marks: marks(value),
            made_by: value
                .pointer(MADE_BY)
                .and_then(Value::as_str)
                .filter(|name| !name.is_empty())
                .map(clean),
            refunds: refunds.into_iter().flatten().filter_map(made).collect(),
        }
    }

    fn mark(&self, name: &str) -> Option<&str> {
        let found = self.marks.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// `int_…`
    pub(super) fn intent(&self) -> Option<&str> {
        self.mark(MARK)
    }

    /// Who made it: as paydesk notes it, or of what paydesk did not make as another tool does. Who writes there is not known.
    pub(super) fn agent(&self) -> Option<&str> {
        let elsewhere = || self.made_by.as_deref().filter(|_| self.intent().is_none());
        self.mark(AGENT).or_else(elsewhere)
    }

    pub(super) fn head(&self) -> Option<&str> {
        self.mark(HEAD)
    }

    /// It went to the customer, and did not stay.
    pub(super) fn came_back(&self) -> bool {
        [RefundStatus::Failed, RefundStatus::Canceled].iter().any(|status| status.as_str() == self.status)
    }

    /// How it stands otherwise than what was sent, in words. Of what people wrote only that it does.
    pub(super) fn otherwise(&self, intent: &Intent) -> Vec<String> {
        let sent = |name: &str| intent.request.param(name);
        let echoed = self.echoes.iter().filter_map(|(param, field, said)| {
            let meant = sent(param)?;
            (meant != said).then(|| {
                let said = if said.is_empty() { "nothing" } else { said };
                format!("{field} is {} at Stripe and {meant} here", clean(said))
            })
        });
        // Where the call named no amount, the proposal says how much was left.
        let meant = intent.proposal.amount.filter(|_| sent("amount").is_none());
        let amount = meant.zip(self.amount).filter(|(meant, said)| meant != said);
        let amount = amount.map(|(meant, said)| format!("amount is {said} at Stripe and {meant} here"));
        let mut says: Vec<_> = echoed.chain(amount).collect();
        says.extend(otherwise_marked(intent, &self.marks));
        says
    }
}

/// What we wrote into its metadata.
pub(super) fn marks(value: &Value) -> Vec<(String, String)> {
    let all = value.get("metadata").and_then(Value::as_object).into_iter().flatten();
    let ours = all.filter(|(name, _)| name.starts_with(OURS));
    ours.map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
}

/// Marks that somebody changed or took off.
fn otherwise_marked(intent: &Intent, marks: &[(String, String)]) -> Vec<String> {
    let sent = intent.request.params.iter().filter_map(|(name, value)| {
        let name = name.strip_prefix("metadata[")?.strip_suffix(']')?;
        name.starts_with(OURS).then_some((name, value.as_str()))
    });
    let there =
        |name: &str| marks.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
    sent.filter(|(name, meant)| there(name) != *meant)
        .map(|(name, _)| format!("{name} in its metadata is not what was sent"))
        .collect()
}

/// What the intent's action makes, where that stands in a list.
pub(super) fn list_of(intent: &Intent) -> Option<&'static Listed> {
    match &actions::find(&intent.proposal.action)?.proof {
        Proof::Listed(listed) => Some(listed),
        Proof::Object { .. } | Proof::Untold(_) => None,
    }
}

/// Lists of a whole account, in which marked things stand.
pub(super) fn lists() -> Vec<&'static Listed> {
    let mut lists: Vec<&'static Listed> = Vec::new();
    for action in actions::all() {
        if let Proof::Listed(listed) = &action.proof
            && is_whole(listed)
            && lists.iter().all(|known| known.path != listed.path)
        {
            lists.push(listed);
        }
    }
    lists
}

/// It lists the account's, and not those of one object.
pub(super) fn is_whole(listed: &Listed) -> bool {
    !listed.path.contains('{')
}
