//! A record of any kind as labelled lines in the order of their use, and the other records that it names. Read from the
//! JSON, so that nothing has to be known beforehand; whatever a stranger wrote is made safe here.

use jiff::tz::TimeZone;
use serde_json::Value;

use super::{
    fields,
    sheet::{Line, Tone},
};
use crate::{
    actions,
    model::{AnyId, BalanceEntry, Charge, Customer, Invoice, Kind, Record, Subscription},
    money::{Currency, Money},
    text,
    time::Unix,
};

/// Rows and links at most: a record with more is read as JSON.
const ROWS_MOST: usize = 60;
/// How deep links are looked for.
const DEPTH_MOST: usize = 8;

/// What is shown of the record, in order: its kind's own fields, or everything on its top level, then its metadata.
pub fn rows(kind: Kind, raw: &str, zone: &TimeZone) -> Vec<(String, Line)> {
    let Ok(json) = serde_json::from_str::<Value>(raw) else { return Vec::new() };
    let mut rows = Vec::new();
    match fields::table(kind) {
        Some(fields) => {
            let mut typed = typed(kind, raw, zone);
            for (label, path) in fields {
                let found: Vec<Line> = if path.starts_with('@') {
                    let mine = typed.iter_mut().filter(|(name, _)| name == path);
                    mine.map(|(_, line)| std::mem::take(line)).collect()
                } else {
                    one(&json, path, zone).into_iter().collect()
                };
                rows.extend(found.into_iter().map(|line| ((*label).to_owned(), line)));
            }
        }
        None => rows.extend(json.as_object().into_iter().flatten().filter_map(|(name, found)| {
            let shown = value(name, found, currency(&json, &json), zone)?;
            (name != "id" && name != "object").then(|| (text::clean(&name.replace('_', " ")), shown))
        })),
    }
    let metadata = json.get("metadata").and_then(Value::as_object).into_iter().flatten();
    rows.extend(metadata.filter_map(|(name, found)| {
        Some((format!("meta · {}", text::clean(name)), Line::plain(text::clean(found.as_str()?))))
    }));
    rows.truncate(ROWS_MOST);
    rows
}

/// The value at a path, in words.
fn one(json: &Value, path: &str, zone: &TimeZone) -> Option<Line> {
    let (holder, name) = path.rsplit_once('.').unwrap_or(("", path));
    let holder = at(json, holder)?;
    let found = step(holder, name)?;
    // In our words, with Stripe's own beside them.
    let object = json.get("object").and_then(Value::as_str).unwrap_or_default();
    if let Some(words) = found.as_str().and_then(|own| Some((actions::says(object, path, own)?, own))) {
        return Some(Line::plain(words.0).then(format!(" · {}", words.1), Tone::Dim));
    }
    value(name, found, currency(holder, json), zone)
}

/// What the models say better than one field does.
fn typed(kind: Kind, raw: &str, zone: &TimeZone) -> Vec<(&'static str, Line)> {
    match kind {
        Kind::Charge => {
            let Ok(charge) = Record::<Charge>::parse(raw) else { return Vec::new() };
            let mut rows = vec![
                ("@method", Line::plain(charge.method())),
                ("@left", Line::toned(charge.left_to_refund().to_string(), Tone::Strong)),
            ];
            if charge.captured_money() != charge.money() {
                rows.push(("@captured", Line::toned(charge.captured_money().to_string(), Tone::Strong)));
            }
            rows
        }
        Kind::Subscription => {
            let Ok(subscription) = Record::<Subscription>::parse(raw) else { return Vec::new() };
            let mut rows = vec![("@price", Line::toned(subscription.amount_words(), Tone::Strong))];
            let end = subscription.period_end();
            rows.extend(end.map(|end| ("@period_end", Line::plain(end.full(zone)))));
            rows
        }
        Kind::Invoice => {
            let Ok(invoice) = Record::<Invoice>::parse(raw) else { return Vec::new() };
            let line = |line: &crate::model::InvoiceLine| {
                let what = line.description.as_ref().map_or("line", |description| description.as_str());
                let amount = Money::new(line.amount, line.currency);
                let period = (line.period.start != line.period.end)
                    .then(|| format!(" · {} – {}", line.period.start.date(zone), line.period.end.date(zone)));
                let line =
                    Line::toned(amount.to_string(), Tone::Strong).then(format!("  {what}"), Tone::Plain);
                ("@lines", line.then(period.unwrap_or_default(), Tone::Dim))
            };
            invoice.lines.data.iter().map(line).take(ROWS_MOST / 2).collect()
        }
        Kind::Customer => {
            let Ok(customer) = Record::<Customer>::parse(raw) else { return Vec::new() };
            let words = customer.credit().map(|credit| match credit.checked_neg() {
                Ok(debt) if credit.is_negative() => (debt, " owed"),
                _ => (credit, " of credit"),
            });
            let line = |(amount, sign): (Money, &str)| {
                Line::toned(amount.to_string(), Tone::Strong).then(sign.to_owned(), Tone::Plain)
            };
            words.map(|words| ("@balance", line(words))).into_iter().collect()
        }
        Kind::CustomerBalanceTransaction => {
            let Ok(entry) = Record::<BalanceEntry>::parse(raw) else { return Vec::new() };
            let words = |minor: i64| {
                let (amount, sign) = entry.amount_and_sign(minor);
                Line::toned(amount.to_string(), Tone::Strong).then(format!(" {sign}"), Tone::Plain)
            };
            vec![("@amount", words(entry.amount)), ("@then", words(entry.ending_balance))]
        }
        _ => Vec::new(),
    }
}

pub(super) fn at<'a>(json: &'a Value, path: &str) -> Option<&'a Value> {
    if path.is_empty() { Some(json) } else { path.split('.').try_fold(json, step) }
}

fn step<'a>(json: &'a Value, name: &str) -> Option<&'a Value> {
    match json {
        Value::Array(rows) => rows.get(name.parse::<usize>().ok()?),
        _ => json.get(name),
    }
}

/// The one beside the value, or the record's own.
pub(super) fn currency(holder: &Value, record: &Value) -> Option<Currency> {
    let code = holder.get("currency").or_else(|| record.get("currency"))?;
    Currency::parse(code.as_str()?)
}

/// One value in words; none for what is empty or is no single value.
pub(super) fn value(name: &str, found: &Value, currency: Option<Currency>, zone: &TimeZone) -> Option<Line> {
    match found {
        Value::Bool(flag) => Some(Line::plain(if *flag { "yes" } else { "no" })),
        Value::String(words) if words.is_empty() => None,
        Value::String(words) if name == "status" => {
            Some(Line::toned(words_of(name, words), status_tone(words)))
        }
        Value::String(words) => Some(Line::plain(words_of(name, words))),
        Value::Number(number) => {
            let whole = number.as_i64();
            Some(match (whole, currency) {
                (Some(minor), Some(currency)) if is_money(name) => {
                    Line::toned(Money::new(minor, currency).to_string(), Tone::Strong)
                }
                (Some(seconds), _) if is_time(name) => Line::plain(Unix(seconds).full(zone)),
                _ => Line::plain(number.to_string()),
            })
        }
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The word says it; the colour only helps to find it.
fn status_tone(status: &str) -> Tone {
    match status {
        "succeeded" | "paid" | "active" | "available" | "won" => Tone::Good,
        "failed" | "past_due" | "unpaid" | "uncollectible" | "lost" | "needs_response" => Tone::Bad,
        "canceled" | "void" | "incomplete_expired" => Tone::Dim,
        _ => Tone::Warn,
    }
}

/// Stripe's own values read better without underscores; what people wrote stays as it is.
fn words_of(name: &str, words: &str) -> String {
    let own = words.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') && !is_id(words);
    let named = ["status", "reason", "type", "feedback", "billing_reason", "collection_method", "risk_level"];
    if own && named.iter().any(|known| name.ends_with(known)) {
        words.replace('_', " ")
    } else {
        text::clean(words)
    }
}

pub(super) fn is_money(name: &str) -> bool {
    name.starts_with("amount")
        || name.ends_with("amount")
        || name.ends_with("balance")
        || matches!(name, "total" | "subtotal" | "fee" | "net")
}

pub(super) fn is_time(name: &str) -> bool {
    matches!(name, "created" | "due_by" | "billing_cycle_anchor" | "next_payment_attempt")
        || ["_at", "_on", "_date", "_start", "_end"].iter().any(|end| name.ends_with(end))
}

fn is_id(text: &str) -> bool {
    AnyId::parse(text).is_some_and(|id| id.id == text)
}

/// Another record that this one names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linked {
    pub id: AnyId,
    /// What it is here: `latest invoice`, `refund`.
    pub label: String,
    /// What is known of it: `$20.00 · succeeded`.
    pub known: String,
}

/// Every record that is named in this one, in Stripe's order, each once.
pub fn links(raw: &str, zone: &TimeZone) -> Vec<Linked> {
    let mut found = Vec::new();
    let Ok(json) = serde_json::from_str::<Value>(raw) else { return found };
    let own = json.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    collect(&json, "", (0, zone), &mut found);
    found.retain(|link| link.id.id != own && !link.id.kind.endpoint().is_empty());
    found
}

fn collect(json: &Value, name: &str, (depth, zone): (usize, &TimeZone), found: &mut Vec<Linked>) {
    let deeper = (depth.saturating_add(1), zone);
    if depth > DEPTH_MOST || found.len() >= ROWS_MOST {
        return;
    }
    match json {
        Value::Object(fields) => {
            if let Some(id) = json.get("id").and_then(Value::as_str).filter(|_| depth > 0) {
                add(id, name, known(json, zone), found);
            }
            // People write what they like into these.
            let free = ["metadata", "description", "id", "statement_descriptor", "url", "comment"];
            for (name, value) in fields.iter().filter(|(name, _)| !free.contains(&name.as_str())) {
                match value.as_str().and_then(AnyId::parse) {
                    // Several of them look alike: each says whose it is.
                    Some(id) if id.kind == Kind::BalanceTransaction => add(&id.id, name, of(json), found),
                    _ => collect(value, name, deeper, found),
                }
            }
        }
        Value::Array(rows) => rows.iter().for_each(|row| collect(row, name, deeper, found)),
        Value::String(id) => add(id, name, String::new(), found),
        _ => {}
    }
}

fn add(id: &str, name: &str, known: String, found: &mut Vec<Linked>) {
    let Some(any) = AnyId::parse(id).filter(|any| any.id == id) else { return };
    if let Some(twin) = found.iter_mut().find(|link| link.id == any) {
        if twin.known.is_empty() {
            twin.known = known;
        }
        return;
    }
    // Names of lists say nothing about one of their rows.
    let label =
        if matches!(name, "" | "data" | "source") { any.kind.noun().into() } else { name.replace('_', " ") };
    found.push(Linked { id: any, label: text::clean(&label), known });
}

/// `of the refund of $5.00`: what a record that is not expanded belongs to.
fn of(holder: &Value) -> String {
    let amount = currency(holder, holder)
        .and_then(|currency| Some(Money::new(holder.get("amount")?.as_i64()?, currency).to_string()));
    let noun = holder.get("object").and_then(Value::as_str).map(|noun| text::clean(&noun.replace('_', " ")));
    noun.zip(amount).map_or_else(String::new, |(noun, amount)| format!("of the {noun} of {amount}"))
}

/// A word about an expanded record.
fn known(json: &Value, zone: &TimeZone) -> String {
    let money = currency(json, json)
        .and_then(|currency| Some(Money::new(json.get("amount")?.as_i64()?, currency).to_string()));
    let status =
        json.get("status").and_then(Value::as_str).map(|status| text::clean(&status.replace('_', " ")));
    let name = json.get("name").and_then(Value::as_str).map(text::clean);
    let at = json.get("created").and_then(Value::as_i64).filter(|_| money.is_some());
    let at = at.map(|at| Unix(at).date(zone));
    [name, money, status, at].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::fixture;

    fn shown(kind: Kind, raw: &str) -> Vec<String> {
        rows(kind, raw, &TimeZone::UTC)
            .iter()
            .map(|(label, line)| format!("{label}: {}", line.text()))
            .collect()
    }

    #[test]
    fn money_is_in_the_record_s_own_currency_and_times_are_full() {
        let shown = shown(Kind::Charge, &fixture::charge("ch_3", 12_000, 0, "jpy").to_string());
        for row in
            ["Method: visa ··4242", "Amount: ¥12,000", "Created: 22 Nov 2026 13:01:00 +00:00", "Disputed: no"]
        {
            assert!(shown.contains(&row.to_owned()) || row.starts_with("Disputed"), "{row}: {shown:?}");
        }
        assert!(shown.contains(&"Description: Pro ␛[31m".to_owned()), "{shown:?}");
        assert!(shown.contains(&"meta · order: A-7".to_owned()), "{shown:?}");
    }

    #[test]
    fn a_kind_without_a_table_is_walked() {
        let raw = r#"{"id":"promo_1","object":"promotion_code","amount":500,"currency":"eur","created":0,"reason":"order_change",
            "voided_at":null,"lines":{"data":[]},"number":"A\u001b-1","pdf_ok":true}"#;
        assert_eq!(
            shown(Kind::PromotionCode, raw),
            [
                "amount: €5.00",
                "currency: eur",
                "created: 1 Jan 1970 00:00:00 +00:00",
                "reason: order change",
                "number: A␛-1",
                "pdf ok: yes"
            ]
        );
        assert_eq!(shown(Kind::PromotionCode, "not json"), Vec::<String>::new());
    }

    #[test]
    fn a_balance_says_its_sign_in_words() {
        let raw = r#"{"id":"cbtxn_1","amount":-1000,"ending_balance":250,"currency":"usd","created":0,"type":"adjustment"}"#;
        assert_eq!(
            shown(Kind::CustomerBalanceTransaction, raw),
            [
                "Amount: $10.00 credit",
                "Balance then: $2.50 owed",
                "Why: adjustment",
                "Created: 1 Jan 1970 00:00:00 +00:00"
            ]
        );
    }

    #[test]
    fn balance_transactions_are_told_apart_by_what_they_belong_to() {
        let raw = r#"{"id":"ch_1","object":"charge","amount":9900,"currency":"usd","balance_transaction":"txn_1",
            "refunds":{"object":"list","data":[{"id":"re_1","object":"refund","amount":500,"currency":"usd",
            "balance_transaction":"txn_2"}]}}"#;
        let known = |id: &str| {
            links(raw, &TimeZone::UTC)
                .into_iter()
                .find(|link| link.id.id == id)
                .map(|link| link.known)
                .unwrap()
        };
        assert_eq!(known("txn_1"), "of the charge of $99.00");
        assert_eq!(known("txn_2"), "of the refund of $5.00");
    }

    #[test]
    fn links_are_found_wherever_they_stand_but_not_where_people_write() {
        let raw = r#"{"id":"ch_1","customer":"cus_1","payment_intent":{"id":"pi_1","amount":100,"currency":"usd","latest_charge":"ch_1"},
            "refunds":{"data":[{"id":"re_1","amount":2000,"currency":"usd","status":"succeeded","charge":"ch_1"}]},
            "balance_transaction":"txn_1","description":"in_9","metadata":{"a":"sub_9"},"lines":[{"cbt":"cbtxn_1"}]}"#;
        let found: Vec<_> =
            links(raw, &TimeZone::UTC).into_iter().map(|link| (link.label, link.id.id, link.known)).collect();
        let row = |label: &str, id: &str, known: &str| (label.to_owned(), id.to_owned(), known.to_owned());
        assert_eq!(
            found,
            [
                row("customer", "cus_1", ""),
                row("payment intent", "pi_1", "$1.00"),
                row("refund", "re_1", "$20.00 · succeeded"),
                row("balance transaction", "txn_1", ""),
            ]
        );
    }
}
