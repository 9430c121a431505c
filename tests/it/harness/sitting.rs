//! A desk of the real binary in a real terminal, at the sandbox of a case, up to where a refund is confirmed.

use std::fs;

use super::{command::Case, pty::Pty};

pub(crate) const WIDE: (u16, u16) = (140, 42);

/// The desk of a case, with variables of its own.
pub(crate) fn desk_with(case: &Case, more: &[(&str, &str)]) -> Pty {
    let config = case.home.path().join("config.toml");
    if !config.exists() {
        fs::write(&config, "version = 1\n").unwrap();
    }
    let mut variables = vec![
        ("TERM", "xterm-256color"),
        ("PAYDESK_CONFIG", config.to_str().unwrap()),
        ("PAYDESK_AGENT", "maya"),
        ("STRIPE_API_BASE", case.running.base_url()),
        ("STRIPE_API_KEY", case.running.secret_key()),
    ];
    variables.extend_from_slice(more);
    Pty::start_with(case.home.path(), WIDE, "", &variables)
}

pub(crate) fn desk(case: &Case) -> Pty {
    desk_with(case, &[])
}

/// Ada's charges, and the form of a refund of `amount` dollars with its reason: one Enter sends it.
pub(crate) fn form(pty: &mut Pty, amount: &str) {
    for (keys, seen) in [
        ("ada@", "Ada Lovelace"),
        ("\r", "Subscription update"),
        ("2r", "left to refund"),
        (" \x1b[Z\x15", "▸Amount"),
        (amount, &format!("Enter refunds ${amount}")),
    ] {
        pty.press(keys);
        pty.until_text(seen);
    }
}

/// Requests for a refund that came to the sandbox.
pub(crate) fn refunds_sent(case: &Case) -> usize {
    let all = case.running.requests();
    all.iter().filter(|seen| seen.method == "POST" && seen.path == "/v1/refunds").count()
}
