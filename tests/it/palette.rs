//! Every action from the palette, as keys, on the real sandbox over HTTP.

use std::collections::BTreeSet;

use paydesk::{
    actions,
    desk::{modals::Modal, state::Mode},
    policy::Policy,
};

use crate::harness::desk::{Desk, Options};

const SIZES: [(u16, u16); 3] = [(140, 42), (80, 24), (60, 16)];

/// What the forms here need: everything that is decided by a flag is allowed.
const RULES: &str = r#"version = 1
refunds.max = { usd = "500.00", jpy = "50000" }
refunds.reason = "optional"
subscriptions.cancel = ["period_end", "now", "date"]
subscriptions.pause = true
subscriptions.max_trial_days = 14
subscriptions.max_discount = { percent = 20, months = 3 }
subscriptions.change_plan = true
subscriptions.proration = "choose"
customers.update_email = true
customers.update_payment_method = true
customers.portal_links = true
customers.max_credit = { usd = "50.00" }
invoices.change = true
payments.edit = true
disputes.stage = true
disputes.submit = true
disputes.accept = true
"#;

/// A desk on which most is allowed.
pub(crate) fn at(size: (u16, u16), mode: Mode) -> Desk {
    let policy = Policy::parse(RULES, "policy.toml").unwrap();
    Desk::open(Options { size, policy, mode, ..Options::default() })
}

/// Keys with pauses between them, each pause until everything has settled.
fn told(size: (u16, u16), keys: &str) -> Desk {
    let mut desk = at(size, Mode::Demo);
    for keys in keys.split('|') {
        // Nobody presses Enter again at once.
        desk.press(keys).settle().after_ms(700);
    }
    desk
}

/// What an agent does, and the word that the pictures are named by.
const STORIES: &[(&str, &str)] = &[
    ("palette", "ada@|<enter>|:"),
    ("palette_found", "ada@|<enter>|:|refund"),
    ("palette_greyed", "ada@|<enter>|:|void<down>"),
    ("list_charges", "ada@|<enter>|:list_charges|<enter>"),
    ("reading_form", "ada@|<enter>|:list_charges|<tab>"),
    ("which_dispute", "ada@|<enter>|:get_dispute|<enter>"),
    ("form_charge", "ada@|<enter>|:update_charge|<enter>"),
    ("form_credit", "ada@|<enter>|:adjust_cust|<enter>|10"),
    ("form_pays_with", "ada@|<enter>|:set_default|<enter>|<enter>"),
    ("pays_with_list", "ada@|<enter>|:set_default|<enter>"),
    ("form_portal", "ada@|<enter>|:create_portal|<enter>"),
    ("form_evidence", "ada@|<enter>|:update_dispute|<enter>|<enter>"),
    ("form_submit", "ada@|<enter>|:update_dispute|<enter>|<enter>|signed in<up>y"),
    ("plan_prices", "grace@|<enter>|3c"),
    ("plan_change", "grace@|<enter>|3c|growth $49.00/mo|<enter>"),
    ("form_pause", "grace@|<enter>|3p"),
    ("form_credit_note", "ada@|<enter>|4jc|5"),
    ("form_accept", "ada@|<enter>|:close_dispute|<enter>|<enter>"),
    ("form_prices", "ada@|<enter>|:list_prices|<tab>"),
    ("form_refund", "ada@|<enter>|r"),
    ("form_capture", "<esc>|:capture_payment|<enter>|<enter>"),
    ("form_customer", "ada@|<enter>|:update_customer|<enter>"),
    ("form_detach", "ada@|<enter>|:detach_payment|<enter>|<enter>"),
    ("form_trial", "grace@|<enter>|3t|in 30d"),
    ("form_discount", "grace@|<enter>|3d"),
    ("form_resume", "ada@|<enter>|3j|:resume_sub|<enter>"),
    ("form_item", "ada@|<enter>|:create_invoice_item|<enter>|5"),
];

/// Whatever changes something has a form, and one of each family is looked at above, at each size.
#[test]
fn a_form_of_every_family_that_changes_something_is_among_the_stories() {
    let family = |action: &actions::Action| format!("{:?}", action.family);
    let wanted: BTreeSet<_> =
        actions::all().filter(|action| action.effect > actions::Effect::Read).map(family).collect();
    let shown = STORIES.iter().filter_map(|(_, keys)| {
        let desk = told((140, 42), keys);
        let draft = match desk.state.modals.last()? {
            Modal::Refund(form) => &form.draft,
            Modal::Cancel(form) => &form.draft,
            Modal::Confirm(form) => &form.draft,
            _ => return None,
        };
        actions::find(&draft.action).map(family)
    });
    assert_eq!(shown.collect::<BTreeSet<_>>(), wanted);
}

#[test]
fn every_story_fits_its_terminal() {
    for (name, keys) in STORIES {
        for size in SIZES {
            insta::assert_snapshot!(format!("{name}_{}x{}", size.0, size.1), told(size, keys).screen());
        }
    }
}

#[test]
fn a_reading_runs_and_its_rows_open_in_detail() {
    let mut desk = told((140, 42), "ada@|<enter>|:list_charges");
    let before = desk.requests("GET /v1/charges");
    desk.press("<enter>").settle().sees("List charges").sees("Amount").sees("in all");
    assert_eq!(desk.requests("GET /v1/charges"), before + 1);
    desk.press("<enter>").settle().sees("Left to refund").press("<esc><esc>").sees("What it does");
}

#[test]
fn what_is_chosen_from_a_list_is_decided_at_once() {
    let mut desk = told((140, 42), "ada@|<enter>|:set_default|<enter>");
    desk.sees("which payment method?").sees("● now");
    desk.reads().press("<enter>").after_ms(700).sees("is already what the customer pays with");
    desk.press("<enter>").settle().after_ms(6_000);
    assert_eq!(desk.changes_asked(), Vec::<String>::new());
}

#[test]
fn a_portal_link_goes_to_the_clipboard_and_nowhere_else() {
    let mut desk = told((140, 42), "ada@|<enter>|:create_portal|<enter>|<enter>");
    desk.reads().press("<enter>").settle().after_ms(6_000);
    assert_eq!(desk.changes_asked(), ["POST /v1/billing_portal/sessions"]);
    let [link] = &desk.copied.clone()[..] else { panic!("{:?}", desk.copied) };
    assert!(link.starts_with("http"), "{link}");
    desk.sees("the link is in the clipboard").sees_not(link);
    let state = serde_json::to_string(&desk.state).unwrap();
    assert!(!state.contains(link.as_str()), "it is kept nowhere");
}

#[test]
fn what_has_changed_is_said_and_leads_back() {
    let mut desk = told((140, 42), "grace@|<enter>|3x|<enter>");
    desk.press("Pro<enter>").settle().after_ms(6_000);
    desk.sees("· U keep").press("U").settle().sees("Keep Pro");
    desk.press("<enter>").reads().press("<enter>").settle().after_ms(6_000);
    assert_eq!(desk.changes_asked().len(), 2, "{:?}", desk.changes_asked());
}

#[test]
fn a_key_that_lacks_a_permission_greys_what_needs_it() {
    let policy = Policy::parse(RULES, "policy.toml").unwrap();
    let restrict = Some("*:write,payment_method:none");
    let mut desk = Desk::open(Options { policy, restrict, ..Options::default() });
    desk.press("ada@").settle().press("<enter>").settle().press(":list_payment_m").settle();
    assert!(desk.state.lacks.contains("payment_method_read"), "{:?}", desk.state.lacks);
    desk.sees("✖ this key lacks the permission payment_method:read");
    assert_eq!(desk.press("<enter>").requests("list_payment"), 0);
}

#[test]
fn a_list_is_read_on_as_it_is_scrolled() {
    let mut desk = told((140, 42), "<esc>:list_events|<enter>");
    desk.sees("there are more").press("<end>").settle().sees_not("100 read");
}

/// Grace's plan, another one chosen for it, and what Stripe says that it comes to.
fn another_plan(size: (u16, u16)) -> Desk {
    let mut desk = told(size, "grace@|<enter>|3c|growth $49.00/mo|<enter>");
    desk.after_ms(1_000);
    desk
}

#[test]
fn a_plan_change_is_made_as_it_was_previewed() {
    let mut desk = told((140, 42), "grace@|<enter>|3c");
    desk.sees("which price?").sees("● now");
    let mut desk = another_plan((140, 42));
    desk.sees("preview by Stripe").sees("Proration").sees("Next invoice");
    let asked = |desk: &Desk, path: &str| -> Vec<String> {
        let requests = desk.sandbox.requests();
        requests
            .iter()
            .filter(|seen| seen.method == "POST" && seen.path == path)
            .map(|seen| seen.params.clone())
            .collect()
    };
    let preview = asked(&desk, "/v1/invoices/create_preview").pop().unwrap();
    let date = preview
        .split('&')
        .find_map(|pair| pair.strip_prefix("subscription_details[proration_date]="))
        .unwrap()
        .to_owned();
    desk.press("<enter>").reads().press("<enter>").settle().after_ms(6_000);
    let changes = desk.changes_asked();
    assert!(
        changes.len() == 1 && changes[0].starts_with("POST /v1/subscriptions/"),
        "{changes:?}\n{}",
        desk.screen()
    );
    let sent = asked(&desk, changes[0].trim_start_matches("POST ")).pop().unwrap();
    assert!(sent.contains(&format!("proration_date={date}")), "{sent}");
    desk.sees("changed to Growth $49.00/mo for Grace Hopper");
}

#[test]
fn a_preview_that_grew_old_is_not_shown() {
    let mut desk = another_plan((140, 42));
    desk.sees("Next invoice").press("<tab>2").sees("asking Stripe what it comes to").sees_not("Next invoice");
    desk.after_ms(1_000).sees("Next invoice");
}

#[test]
fn a_payment_or_its_link_where_a_charge_is_chosen_leads_to_its_charge() {
    let mut desk = told((140, 42), "<esc>|:refund_charge|<enter>");
    let charges = desk.elsewhere("GET", "/v1/charges?limit=100", "");
    let fits = |charge: &&serde_json::Value| charge["currency"] == "usd" && charge["amount_refunded"] == 0;
    let charge = charges["data"].as_array().unwrap().iter().rfind(fits).unwrap();
    let payment = charge["payment_intent"].as_str().unwrap();
    let link = format!("https://dashboard.stripe.com/test/payments/{payment}");
    desk.send(paydesk::desk::Message::Paste(link)).settle().sees("a payment: Enter looks for its charge");
    desk.press("<enter>").settle().sees(charge["id"].as_str().unwrap()).after_ms(700);
    desk.press("<enter>").settle().sees("Refund");
    assert!(matches!(desk.state.modals.last(), Some(Modal::Refund(_))), "{}", desk.screen());
    desk.press("<esc>").settle().press(":refund_charge").settle().press("<enter>").settle();
    desk.send(paydesk::desk::Message::Paste("pi_nobody".into())).settle();
    desk.press("<enter>").settle().sees("No such payment_intent");
}
