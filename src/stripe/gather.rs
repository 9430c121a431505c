//! Reads what an answer rests on, round by round, until nothing is left to be read. What cannot be read is kept as such, so that the
//! answer can name it.

use futures_util::future::join_all;

use super::{ErrorKind, Failure, Priority, Transport, plain::explain, read};
use crate::{
    actions::Gate,
    answers::{Bag, Found, Look, ROUNDS_MOST, Why},
};

/// Reads of one round that are under way at once.
const AT_ONCE: usize = 8;

/// `next` tells the reads of the next round; `hides` why the policy hides one. Fails only where Stripe cannot be reached.
pub async fn gather(
    transport: &dyn Transport,
    mut bag: Bag,
    hides: impl Fn(Gate) -> Option<String>,
    next: impl Fn(&Bag) -> Vec<Look>,
) -> Result<Bag, Failure> {
    for _ in 0..ROUNDS_MOST {
        let looks = next(&bag);
        if looks.is_empty() {
            break;
        }
        for some in looks.chunks(AT_ONCE) {
            let asked = some.iter().map(|look| one(transport, look, &hides));
            for (look, result) in some.iter().zip(join_all(asked).await) {
                bag.take(look, result?);
            }
        }
    }
    Ok(bag)
}

async fn one(
    transport: &dyn Transport,
    look: &Look,
    hides: &impl Fn(Gate) -> Option<String>,
) -> Result<Result<Found, Why>, Failure> {
    if let Some(why) = hides(look.want.gate()) {
        return Ok(Err(Why::Hidden(why)));
    }
    let failure = match read(transport, &look.request(), Priority::Waiting).await {
        Ok(reply) => {
            return Ok(look.read(&reply.body).map_err(|shape| Why::Failed(shape.to_string())));
        }
        Err(failure) => failure,
    };
    match &failure {
        Failure::Refused(error) => Ok(Err(match error.error_kind() {
            ErrorKind::Missing => Why::NoSuch,
            ErrorKind::Permission => Why::Hidden(explain(&failure).what),
            // Nobody would get anything with this key.
            ErrorKind::Authentication => return Err(failure),
            _ => Why::Failed(explain(&failure).what),
        })),
        Failure::Unreadable { .. } => Ok(Err(Why::Failed(explain(&failure).what))),
        Failure::NotSent(_) | Failure::Lost(_) => Err(failure),
    }
}
