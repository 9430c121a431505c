//! This machine: the data folder with its ledger, and the terminal.

use std::{
    fs,
    io::{self, IsTerminal as _},
    path::Path,
};

use super::{
    super::{exit::Failed, wire::Setup},
    Check, State,
};
use crate::{
    config::Environment,
    gate::on_ledger,
    ledger::Verified,
    runtime::terminal,
    ui::theme::{Colour, Depth, Theme},
};

/// Private, writable, and with a trail that holds.
pub(super) async fn folder(setup: &Setup, checks: &mut Vec<Check>) -> Result<(), Failed> {
    let folder = &setup.config.data_dir.value;
    let ledger = match setup.ledger() {
        Ok(ledger) => ledger,
        Err(failed) => {
            checks.push(Check::new("data folder", State::Bad, failed.message()));
            return Ok(());
        }
    };
    checks.push(Check::new("data folder", State::Good, format!("{}, open to you alone", folder.display())));
    match on_ledger(&ledger, |ledger| ledger.verify()).await {
        Ok(Verified::Whole(head)) => {
            checks.push(Check::new(
                "audit trail",
                State::Good,
                format!("{} records, unbroken, {} kB", head.count, size_kb(folder)),
            ));
        }
        Ok(_) => {
            checks.push(Check::new("audit trail", State::Bad, "broken: `paydesk audit verify` says where"));
        }
        Err(error) => checks.push(Check::new("audit trail", State::Bad, error.to_string())),
    }
    let open = on_ledger(&ledger, |ledger| ledger.open_intents()).await?;
    if !open.is_empty() {
        let says = format!("{} not settled: `paydesk pending` lists them", open.len());
        checks.push(Check::new("changes", State::Warn, says));
    }
    Ok(())
}

/// What the ledger takes on disk, with what was written last.
fn size_kb(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let ledger = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with("ledger."));
    ledger.filter_map(|entry| entry.metadata().ok()).map(|file| file.len()).sum::<u64>().div_ceil(1_024)
}

/// Why boxes and names may not look right here.
pub(in crate::cli) fn no_unicode(environment: &Environment) -> Option<String> {
    let set = |name: &&str| environment.get(name).filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(set).unwrap_or("C");
    let unicode = locale.to_ascii_lowercase().replace('-', "").contains("utf8");
    (!unicode).then(|| format!("the locale is {locale}: boxes and names need UTF-8"))
}

/// What the desk can draw here.
pub(super) fn terminal(setup: &Setup, checks: &mut Vec<Check>) {
    let environment = &setup.environment;
    if !io::stdout().is_terminal() {
        checks.push(Check::new("terminal", State::Unknown, "this output goes to no terminal"));
        return;
    }
    let term = environment.get("TERM");
    if let Err(error) = terminal::capable(term) {
        checks.push(Check::new("terminal", State::Bad, error.to_string()));
        return;
    }
    let no_color = environment.get("NO_COLOR").is_some();
    let depth = Theme::choose(no_color, environment.get("COLORTERM"), term, None, Colour::Auto).depth();
    let colours = match depth {
        Depth::None => "no colour",
        Depth::Basic => "16 colours",
        Depth::Indexed => "256 colours",
        Depth::True => "true colour",
    };
    let (state, letters) = match no_unicode(environment) {
        None => (State::Good, "UTF-8".to_owned()),
        Some(why) => (State::Warn, why),
    };
    checks.push(Check::new(
        "terminal",
        state,
        format!("{} · {colours} · {letters}", term.unwrap_or("unnamed")),
    ));
}
