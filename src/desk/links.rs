//! Links into Stripe's Dashboard: the account where it is known, test data where it is test data.

use super::state::{Mode, State};
use crate::model::{AnyId, Kind};

/// The page that shows an object, or none where the Dashboard has none (or there is no Stripe behind the desk).
pub fn dashboard_url(state: &State, id: &AnyId) -> Option<String> {
    if state.session.mode == Mode::Demo {
        return None;
    }
    let shown = if id.kind == Kind::Refund { payment_of(state, &id.id)? } else { id.clone() };
    let section = shown.kind.dashboard_section()?;
    let account = state.session.account.as_ref().map(|account| account.id.as_str()).filter(|id| is_id(id));
    let account = account.map_or_else(String::new, |id| format!("/{id}"));
    let test = if state.live() { "" } else { "/test" };
    is_id(&shown.id).then(|| format!("https://dashboard.stripe.com{account}{test}/{section}/{}", shown.id))
}

/// Nothing that could lead out of its segment of the path.
fn is_id(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A refund is shown on the page of its payment.
fn payment_of(state: &State, refund: &str) -> Option<AnyId> {
    let carried = state.data.folders.values().filter_map(|folder| folder.charges.value.as_ref());
    let carried = carried.flat_map(|list| &list.rows).find(|charge| {
        let mut refunds = charge.refunds.iter().flat_map(|refunds| &refunds.data);
        refunds.any(|known| known.id.as_str() == refund)
    });
    let listed = state.data.folders.values().flat_map(|folder| &folder.refunds).find(|(_, slot)| {
        slot.value.iter().flat_map(|list| &list.rows).any(|known| known.id.as_str() == refund)
    });
    carried.map(|charge| charge.id.any()).or_else(|| listed.map(|(charge, _)| charge.any()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::fixture;

    fn any(id: &str) -> AnyId {
        AnyId::parse(id).unwrap()
    }

    #[test]
    fn test_data_has_its_own_place_and_the_account_is_named() {
        let mut state = fixture::state();
        let url = |state: &State, id: &str| dashboard_url(state, &any(id)).unwrap();
        assert_eq!(url(&state, "cus_1"), "https://dashboard.stripe.com/acct_1/test/customers/cus_1");
        state.session.mode = Mode::Live;
        state.session.account = None;
        assert_eq!(url(&state, "pi_1"), "https://dashboard.stripe.com/payments/pi_1");
    }

    #[test]
    fn a_refund_opens_its_payment_and_the_demo_nothing() {
        let mut state = fixture::state();
        assert!(dashboard_url(&state, &any("re_1")).unwrap().ends_with("/test/payments/ch_2"));
        assert_eq!(dashboard_url(&state, &any("re_9")), None);
        state.session.mode = Mode::Demo;
        assert_eq!(dashboard_url(&state, &any("cus_1")), None);
    }
}
