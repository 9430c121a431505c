//! Finding somebody by whatever is known of them: what the search box of the desk asks, answered whole.

use rmcp::model::JsonObject;
use serde_json::{Value, json};

use super::{Assistant, answer, arguments, tools::TEXT, trouble::Trouble};
use crate::{
    desk::{Answer, Question, finder},
    model::Record,
    policy::{self, Outcome},
    stripe::{self, ErrorKind, Failure, Priority},
};

const ROWS_MOST: usize = 25;

pub(super) async fn find(assistant: &Assistant, given: JsonObject) -> Result<Value, Trouble> {
    let moment = assistant.moment();
    let args = arguments::read("find_customer", &[&TEXT], given, &moment)?;
    let words = args.get(TEXT.name).unwrap_or_default();
    let when = finder::When { now: moment.now, zone: &moment.zone };
    let questions = finder::questions(words, &when);
    if questions.is_empty() {
        return Err(Trouble::invalid("text: too short to look for: give three characters or more"));
    }
    let (mut found, mut more): (Vec<Value>, bool) = (Vec::new(), false);
    for question in questions {
        let (rows, has_more) = ask(assistant, (words, &when), &question).await?;
        more |= has_more;
        for row in rows {
            if !found.iter().any(|known| known.get("id") == row.get("id")) {
                found.push(row);
            }
        }
    }
    if found.is_empty() {
        return Ok(json!({"rows": 0, "says": finder::nothing(words, &when, None)}));
    }
    more |= found.len() > ROWS_MOST;
    found.truncate(ROWS_MOST);
    while found.len() > 1 && answer::bytes(&Value::Array(found.clone())) > answer::BYTES_MOST {
        found.pop();
        more = true;
    }
    let found: Vec<_> = found.into_iter().map(|row| answer::within(row).0).collect();
    let mut whole = json!({"stripe_data": answer::marked(Value::Array(found.clone())), "rows": found.len(), "has_more": more});
    if let Some(whole) = whole.as_object_mut().filter(|_| more) {
        whole.insert("more".into(), json!("there are more than these: say more of what you look for"));
    }
    Ok(whole)
}

/// The objects that answer a question, as Stripe sent them. An id that does not exist finds nothing.
async fn ask(
    assistant: &Assistant,
    (words, when): (&str, &finder::When<'_>),
    question: &Question,
) -> Result<(Vec<Value>, bool), Trouble> {
    let decision = {
        let policy = assistant.gate.rules();
        policy::may_see(&policy, &assistant.gate.identity().agent, question.gate())
    };
    if decision.outcome == Outcome::Deny {
        return Err(Trouble::denied(&decision));
    }
    let reply = match stripe::read(&*assistant.transport, &question.request(), Priority::Waiting).await {
        Ok(reply) => reply,
        Err(Failure::Refused(error)) if error.error_kind() == ErrorKind::Missing => {
            return Ok((Vec::new(), false));
        }
        Err(failure) => return Err(failure.into()),
    };
    let read = question.read(&reply.body).map_err(|shape| Trouble::unreadable(&shape.to_string()))?;
    let query = if let Question::ChargeSearch(query) = question { query.as_str() } else { "" };
    Ok(match read {
        Answer::Customers(page) => (page.rows.iter().map(raw).collect(), page.has_more),
        Answer::Charges(page) => {
            let fits = page.rows.iter().filter(|charge| finder::charge_fits(query, words, when, charge));
            (fits.map(raw).collect(), page.has_more)
        }
        Answer::Invoices(page) => (page.rows.iter().map(raw).collect(), page.has_more),
        // One object, whatever its kind.
        _ => (serde_json::from_str(&reply.body).into_iter().collect(), false),
    })
}

fn raw<T>(record: &Record<T>) -> Value {
    serde_json::from_str(record.raw()).unwrap_or_default()
}
