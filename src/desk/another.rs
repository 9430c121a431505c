//! The promise that a further action is one literal, at the desk: the one that tests have more stands in the palette, on the bottom
//! line and in the help of what it is done to, opens its form, is confirmed as what cannot be taken back, and is denied by its gate.

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{
        actions::{Action, Subject, find},
        desk::{
            binding::Hint,
            fixture::{prepares, press, press_slowly, sheet_text, state, tell, text},
            flow,
            message::{Commands, Message},
            modals::{Modal, detail::Detail, palette::Palette},
            state::State,
            usable::Here,
        },
        model::AnyId,
        policy::{Fact, Policy, Spent},
    };

    const MAY: &str = "version = 1\ninvoices.change = true";
    const MAY_NOT: &str = "version = 1\ninvoices.change = false";

    fn action() -> &'static Action {
        find("delete_invoice_item").unwrap()
    }

    /// An amount that waits for the next invoice.
    fn subject() -> Subject {
        let id = AnyId::parse("ii_1").unwrap();
        let raw = json!({"id": "ii_1", "object": "invoiceitem", "amount": 500, "currency": "usd", "invoice": null,
            "customer": "cus_1", "description": "seat"});
        Subject::parse(&id, raw.to_string()).unwrap()
    }

    fn under(rules: &str) -> State {
        let mut state = state();
        state.search.typing = false;
        state.policy = Policy::parse(rules, "policy.toml").unwrap();
        state
    }

    /// Its detail.
    fn detail(state: &mut State) {
        let subject = subject();
        let detail = Detail::of(
            state,
            subject.id().clone(),
            Some(subject.raw().clone()),
            false,
            &mut Commands::default(),
        );
        state.modals.push(Modal::Detail(detail));
    }

    fn palette(state: &State) -> String {
        let mut palette = Modal::Palette(Palette::open(state, Here::on_record(state, Some(subject()))));
        palette.paste(action().name, &mut state.clone());
        sheet_text(&palette.sheet(state))
    }

    #[test]
    fn it_is_a_row_of_the_palette_and_greyed_with_the_reason_where_it_is_denied() {
        let row = palette(&under(MAY));
        assert!(row.contains("delete_invoice_item") && row.contains(action().summary), "{row}");
        assert!(row.contains("invoice_item:write"), "{row}");
        let row = palette(&under(MAY_NOT));
        assert!(row.contains("invoices.change"), "{row}");
    }

    #[test]
    fn it_stands_on_the_bottom_line_and_in_the_help() {
        let mut state = under(MAY);
        detail(&mut state);
        let hints = state.modals.last().unwrap().hints(&state);
        assert!(hints.iter().any(|Hint { word, .. }| word == "take back"), "{hints:?}");
        press(&mut state, "?");
        assert!(matches!(state.modals.last(), Some(Modal::Help(_))), "no help");
        assert!(text(&state).contains(action().summary), "{}", text(&state));
    }

    #[test]
    fn its_key_opens_its_form_which_is_confirmed_as_what_cannot_be_taken_back() {
        let mut state = under(MAY);
        detail(&mut state);
        let asked = press(&mut state, "x");
        let facts = Message::Facts {
            task: crate::desk::fixture::facts_task(&asked),
            subject: Fact::Known(subject()),
            spent: Fact::Known(Spent::default()),
        };
        tell(&mut state, &facts);
        let form = text(&state);
        for piece in ["Delete invoice item", "Take ii_1 away: it comes on no invoice", "Note ["] {
            assert!(form.contains(piece), "{piece}: {form}");
        }
        let (_, rest) = form.split_once("Type ").unwrap();
        let (word, _) = rest.split_once(" to confirm").unwrap();
        assert_eq!(prepares(&press_slowly(&mut state, "<enter><enter>")), [], "an Enter is not enough");
        let [change] = prepares(&press_slowly(&mut state, &format!("{word}<enter>"))).try_into().unwrap();
        assert_eq!((change.action.as_str(), change.target.id.as_str()), ("delete_invoice_item", "ii_1"));
    }

    #[test]
    fn its_gate_denies_it_before_there_is_a_form() {
        let mut state = under(MAY_NOT);
        let (on, mut commands) = (subject(), Commands::default());
        let form = flow::begin_on(&mut state, action(), (on.id().clone(), on), &mut commands);
        assert!(form.is_none());
        let said = state.notice.unwrap().text;
        assert!(said.contains("invoices.change"), "{said}");
    }
}
