//! Giving up what is planned.

use super::{
    super::{
        Args, Done, FieldError, Moment, Proposal, Sent, Step, Subject, by_step, given::noted, unreadable,
    },
    RELEASE,
};
use crate::{
    model::{ScheduledStatus, SubscriptionSchedule},
    request::Request,
    text::short_id,
    time::Unix,
};

pub(super) fn releasable(subject: &Subject) -> Result<(), String> {
    let schedule = subject.read::<SubscriptionSchedule>().ok_or("select a subscription schedule")?;
    match &schedule.status {
        ScheduledStatus::NotStarted | ScheduledStatus::Active => Ok(()),
        ScheduledStatus::Completed => Err("it is completed: nothing is planned any more".into()),
        ScheduledStatus::Released => Err("it is released already".into()),
        ScheduledStatus::Canceled => Err("it is cancelled".into()),
        ScheduledStatus::Other(_) => Err(format!("it is {}", schedule.status)),
    }
}

pub(super) fn release(args: &Args, subject: &Subject, _moment: &Moment) -> Result<Proposal, FieldError> {
    let schedule = subject.named::<SubscriptionSchedule>("schedule", args, releasable)?;
    let keeps = args.flag("preserve_cancel_date")?;
    let id = schedule.id.as_str();
    let object = subject.value();
    let ends = object.get("end_behavior").and_then(serde_json::Value::as_str) == Some("cancel");
    let end = match (ends, keeps) {
        (true, Some(true)) => ", and still ends when it was to end",
        (true, _) => ", and goes on instead of ending",
        (false, _) => "",
    };
    let sentence =
        format!("give up the planned changes of {}: the subscription stays as it is now{end}", short_id(id));
    let request = Request::post(RELEASE.endpoint.path, &[id]).with_some("preserve_cancel_date", keeps);
    let mut proposal = Proposal::of(&RELEASE, (args, subject), request, sentence);
    proposal.terms.steps = vec![Step::DropSchedule];
    noted(args, proposal)
}

pub(super) fn released(sent: &Sent<'_>, object: &Subject) -> Done {
    let Some(schedule) = object.read::<SubscriptionSchedule>() else {
        return unreadable::<SubscriptionSchedule>(object);
    };
    let at = object.value().get("released_at").and_then(serde_json::Value::as_i64).map(Unix);
    let over = schedule.status == ScheduledStatus::Released;
    by_step(sent, object, over, &schedule.status.to_string(), at)
}
