//! Reading actions: one object, or a page of a list that says whether there is more behind it.

use rmcp::model::JsonObject;
use serde_json::{Value, json};

use super::{
    Assistant, answer, arguments,
    tools::{self, CURSOR, LIMIT, ROWS},
    trouble::Trouble,
};
use crate::{
    actions::{Action, Args, Gives},
    model::Page,
    policy::{self, Outcome},
    request::Request,
    stripe::{self, Priority},
};

pub(super) async fn read(
    assistant: &Assistant,
    action: &'static Action,
    given: JsonObject,
) -> Result<Value, Trouble> {
    let moment = assistant.moment();
    let fields: Vec<_> = action.fields.iter().chain(tools::beside(action)).collect();
    let args = arguments::read(action.name, &fields, given, &moment)?;
    let mut args = arguments::led(assistant, &fields, args).await?;
    let place = Place::taken(&mut args)?;
    let decision = {
        let policy = assistant.gate.rules();
        policy::may_read(&policy, &assistant.gate.identity().agent, action)
    };
    if decision.outcome != Outcome::Allow {
        return Err(Trouble::denied(&decision));
    }
    // Some are made whole only by the object that they are about.
    let request = if action.reads.is_empty() {
        action.request(&args, &moment)?
    } else {
        assistant.gate.reading(action, &args, &moment).await?
    };
    match action.gives {
        Gives::One(_) => one(assistant, &request).await,
        Gives::List(_) => page(assistant, &request, place).await,
    }
}

/// Which rows of a list.
struct Place {
    limit: i64,
    cursor: Option<String>,
}

impl Place {
    /// Out of the arguments: the action itself knows nothing of pages.
    fn taken(args: &mut Args) -> Result<Self, Trouble> {
        let limit = args.int(LIMIT.name, 1, i64::MAX)?.unwrap_or(ROWS);
        let cursor = args.get(CURSOR.name).map(str::to_owned);
        args.0.remove(LIMIT.name);
        args.0.remove(CURSOR.name);
        Ok(Self { limit, cursor })
    }
}

async fn one(assistant: &Assistant, request: &Request) -> Result<Value, Trouble> {
    let reply = stripe::read(&*assistant.transport, request, Priority::Waiting).await?;
    let object = serde_json::from_str(&reply.body).map_err(|_shape| Trouble::unreadable("it is no JSON"))?;
    Ok(object_of(object))
}

/// One object, and which parts of it there was no room for.
pub(super) fn object_of(object: Value) -> Value {
    let (object, left_out) = answer::within(object);
    let mut answer = json!({"stripe_data": answer::marked(object)});
    if !left_out.is_empty()
        && let Some(answer) = answer.as_object_mut()
    {
        answer.insert("left_out".into(), json!(left_out));
        answer.insert("why".into(), json!("it is too large to be shown whole: these fields are left out"));
    }
    answer
}

/// A page of as many rows as there is room for: a smaller one is asked for where they are large, so that the cursor is Stripe's.
async fn page(assistant: &Assistant, request: &Request, place: Place) -> Result<Value, Trouble> {
    let Place { mut limit, cursor } = place;
    loop {
        let asked = request.clone().with("limit", limit).on_from(cursor.as_deref());
        let reply = stripe::read(&*assistant.transport, &asked, Priority::Waiting).await?;
        let page =
            Page::<Value>::parse(&reply.body).map_err(|_shape| Trouble::unreadable("it is no list"))?;
        let rows: Vec<Value> = page.rows.iter().map(|row| row.object().clone()).collect();
        let large = answer::bytes(&Value::Array(rows.clone())) > answer::BYTES_MOST;
        if large && rows.len() > 1 {
            limit = i64::try_from(rows.len().div_euclid(2)).unwrap_or(1);
            continue;
        }
        let whole: Vec<_> = rows.into_iter().map(answer::within).collect();
        let left_out: Vec<_> = whole.iter().flat_map(|(_, names)| names.clone()).collect();
        let rows: Vec<_> = whole.into_iter().map(|(row, _)| row).collect();
        let mut answer = json!({
            "stripe_data": answer::marked(Value::Array(rows.clone())),
            "rows": rows.len(),
            "has_more": page.has_more,
            "cursor": page.next.filter(|_| page.has_more),
        });
        if let Some(answer) = answer.as_object_mut() {
            if page.has_more {
                answer.insert("more".into(), json!("there are more rows: call it again with this cursor"));
            }
            if page.unreadable > 0 {
                answer.insert("unreadable".into(), json!(page.unreadable));
            }
            if !left_out.is_empty() {
                answer.insert("left_out".into(), json!(left_out));
            }
        }
        return Ok(answer);
    }
}
