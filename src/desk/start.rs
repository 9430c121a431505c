//! Starting any action of the catalogue from wherever it was found: a change opens its form, a reading runs as soon as nothing
//! that it needs is missing.

use super::{
    flow,
    message::Commands,
    modals::{Modal, detail::Detail, pick::Pick, reading::Reading, results::Results},
    picking,
    question::Question,
    state::State,
    usable::Here,
    verdict::moment,
};
use crate::{
    actions::{Action, Args, Effect, FieldError, FieldKind, Gives},
    model::{AnyId, Kind},
    request::Request,
};

/// The form of a change, the answer to a reading, or the form of a reading that something is missing for or that was asked for
/// with `form`.
pub fn begin(
    state: &mut State,
    action: &'static Action,
    here: &Here,
    form: bool,
    commands: &mut Commands,
) -> Option<Modal> {
    if action.effect == Effect::Read {
        if let Some(request) = request(state, action, here).ok().filter(|_| !form) {
            return Some(run(state, action, &here.args(action), request, commands));
        }
        return match missing(action, here).filter(|_| !form) {
            Some(kind) => Some(Modal::Pick(Pick::start(state, action.name, kind, here, commands))),
            None => Some(Modal::Reading(Reading::new(state, action, here.clone()))),
        };
    }
    let field = action.target_field().and_then(|name| action.field(name))?;
    let FieldKind::Id(kind) = field.kind else { return None };
    let Some(subject) = here.subject(kind).cloned() else {
        return Some(Modal::Pick(Pick::start(state, action.name, kind, here, commands)));
    };
    flow::begin_on(state, action, (subject.id().clone(), subject), commands)
}

/// What has to be chosen before a reading can run.
pub fn missing(action: &Action, here: &Here) -> Option<Kind> {
    action.fields.iter().find_map(|field| match field.kind {
        FieldKind::Id(kind) if field.required && here.id(kind).is_none() => Some(kind),
        _ => None,
    })
}

/// A reading that can run with what is here.
pub fn runs(action: &Action, here: &Here, state: &State) -> bool {
    action.effect == Effect::Read && request(state, action, here).is_ok()
}

/// There is more to fill in than what it needs.
pub fn has_more(action: &Action) -> bool {
    action.fields.iter().any(|field| !field.required)
}

fn request(state: &State, action: &Action, here: &Here) -> Result<Request, FieldError> {
    call(state, action, &here.args(action), here)
}

/// The call of a reading with these arguments; some are made whole by the object that they are about.
pub fn call(state: &State, action: &Action, args: &Args, here: &Here) -> Result<Request, FieldError> {
    let about = action.target_field().and_then(|name| action.field(name)).and_then(picking::kind);
    let subject = about.and_then(|kind| here.subject(kind)).filter(|subject| subject.is_read());
    action.call(args, subject, &moment(state))
}

/// Asks, and shows what comes: one object in its detail, several as a list.
pub fn run(
    state: &mut State,
    action: &'static Action,
    args: &Args,
    request: Request,
    commands: &mut Commands,
) -> Modal {
    let question = Question::Run { action: action.name.to_owned(), request, after: None };
    match action.gives {
        Gives::One(object) => match Kind::of_object(object) {
            Some(kind) => {
                let mut named = action.fields.iter().filter(|field| field.kind == FieldKind::Id(kind));
                let named = named.find_map(|field| args.any_id(field.name, kind).ok());
                let id = named.unwrap_or_else(|| AnyId { kind, id: String::new() });
                Modal::Detail(Detail::ask(state, id, question, commands))
            }
            None => Modal::Results(Results::ask(state, question, object, commands)),
        },
        Gives::List(object) => Modal::Results(Results::ask(state, question, object, commands)),
    }
}
