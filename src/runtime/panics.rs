//! What a panic may say: where it was, and in which version. A message that was put together on the way may quote a
//! customer, so only one that stands in the source is printed.

use std::{
    any::Any,
    io::{self, Write as _},
};

/// For the whole program, as the first thing it does.
pub fn install() {
    std::panic::set_hook(Box::new(|panic| {
        let at = panic.location().map_or_else(|| "an unknown place".into(), ToString::to_string);
        let line = line(&at, panic.payload());
        let _nobody_left_to_tell = writeln!(io::stderr(), "{line}");
    }));
}

fn line(at: &str, payload: &(dyn Any + Send)) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let said = payload.downcast_ref::<&'static str>().map_or_else(
        || match payload.downcast_ref::<String>() {
            Some(text) => format!("a message of {} characters, kept back", text.chars().count()),
            None => "no message".into(),
        },
        |text| (*text).to_owned(),
    );
    format!("paydesk {version} broke off at {at}: {said}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_in_the_source_is_printed() {
        let fixed = line("src/a.rs:1:2", &"a panic was asked for");
        assert!(fixed.ends_with("broke off at src/a.rs:1:2: a panic was asked for"), "{fixed}");
        assert!(fixed.contains(env!("CARGO_PKG_VERSION")), "{fixed}");
        let made = line("src/a.rs:1:2", &"no row for Ada Lovelace".to_owned());
        assert!(made.ends_with("a message of 23 characters, kept back"), "{made}");
        assert!(line("here", &7).ends_with("no message"));
    }
}
