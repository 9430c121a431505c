//! The charge that a payment came to: where a charge is meant, its payment will do, since that is what links to the Dashboard lead
//! to.

use super::{Bag, Look, Want};
use crate::model::{ChargeId, PaymentIntentId};

/// What has to be read for it.
pub fn looks(bag: &Bag, id: &PaymentIntentId) -> Vec<Look> {
    let want = Want::Object(id.any());
    if bag.intent(id).is_none() && bag.why_not(&want).is_none() {
        vec![Look::first(want)]
    } else {
        Vec::new()
    }
}

/// The charge, or why there is none.
pub fn charge(bag: &Bag, id: &PaymentIntentId) -> Result<ChargeId, String> {
    if let Some(why) = bag.why_not(&Want::Object(id.any())) {
        return Err(format!("payment intent {id}: {}", why.words()));
    }
    let charge = bag.intent(id).and_then(|intent| intent.latest_charge_id());
    charge
        .cloned()
        .ok_or_else(|| format!("payment intent {id} has no charge: nothing was paid with it, or tried"))
}
