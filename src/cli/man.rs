//! `paydesk man`: the manual page, made from the same tables as everything else.

use clap::{Command, CommandFactory as _};
use clap_mangen::{
    Man,
    roff::{Inline, Roff, bold, italic, roman},
};

use super::{
    Cli,
    exit::{self, Failed},
    out::{Done, Shown},
};
use crate::{
    actions,
    config::{CONFIG_VARIABLE, KEY_VARIABLE, SETTINGS},
};

/// Print the manual page, for `man -l -`
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn man() -> Result<Done, Failed> {
    let page = page().map_err(|error| Failed::Defect(error.to_string()))?;
    let page = String::from_utf8_lossy(&page).into_owned();
    Ok(Done::new("man", page.as_str().into(), Shown::Text(page)))
}

fn page() -> std::io::Result<Vec<u8>> {
    let mut cli = Cli::command();
    cli.build();
    let man = Man::new(cli.clone());
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    commands(&cli).to_writer(&mut page)?;
    catalogue().to_writer(&mut page)?;
    endings().to_writer(&mut page)?;
    environment().to_writer(&mut page)?;
    Ok(page)
}

/// Every command with what it takes of its own.
fn commands(cli: &Command) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["COMMANDS"]);
    for command in cli.get_subcommands() {
        command_of(&mut roff, "paydesk", command);
    }
    roff
}

fn command_of(roff: &mut Roff, above: &str, command: &Command) {
    let name = format!("{above} {}", command.get_name());
    roff.control("SS", [name.as_str()]);
    if let Some(about) = command.get_about() {
        roff.text([roman(about.to_string())]);
    }
    let own = command.get_arguments().filter(|arg| !arg.is_global_set() && arg.get_id() != "help");
    for arg in own {
        let mut head: Vec<Inline> = Vec::new();
        if let Some(long) = arg.get_long() {
            head.push(bold(format!("--{long}")));
            head.push(roman(" "));
        }
        if arg.is_positional() || arg.get_num_args().is_some_and(|count| count.takes_values()) {
            let names = arg.get_value_names().into_iter().flatten();
            head.extend(names.map(|name| italic(name.to_string())));
        }
        roff.control("TP", []);
        roff.text(head);
        roff.text([roman(arg.get_help().map(ToString::to_string).unwrap_or_default())]);
    }
    for inner in command.get_subcommands() {
        command_of(roff, &name, inner);
    }
}

fn catalogue() -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["ACTIONS"]);
    roff.text([
        roman("Done by "),
        bold("paydesk run"),
        roman("; "),
        bold("paydesk run ACTION --help"),
        roman(" says what each takes."),
    ]);
    for action in actions::all() {
        let mut head = vec![bold(action.name)];
        for field in action.fields {
            let (open, close) = if field.required { (" ", "=…") } else { (" [", "=…]") };
            head.extend([roman(open), italic(field.name), roman(close)]);
        }
        roff.control("TP", []);
        roff.text(head);
        roff.text([roman(action.summary)]);
    }
    roff
}

fn endings() -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["EXIT STATUS"]);
    for (code, meaning) in exit::CODES {
        roff.control("TP", []);
        roff.text([bold(code.to_string())]);
        roff.text([roman(*meaning)]);
    }
    roff
}

fn environment() -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["ENVIRONMENT"]);
    let settings = SETTINGS.iter().filter_map(|setting| {
        let flag = setting.flag.map(|flag| format!(", as {flag}")).unwrap_or_default();
        Some((setting.variable?, format!("The setting {}{flag}.", setting.name)))
    });
    let others = [
        (KEY_VARIABLE, "The key, where no profile has one of its own.".to_owned()),
        (CONFIG_VARIABLE, "The settings file.".to_owned()),
        ("NO_COLOR", "No colour.".to_owned()),
    ];
    for (name, says) in others.into_iter().chain(settings) {
        roff.control("TP", []);
        roff.text([bold(name)]);
        roff.text([roman(says)]);
    }
    roff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_names_every_command_action_code_and_variable() {
        let page = String::from_utf8(page().unwrap()).unwrap();
        assert!(page.contains(".TH paydesk 1"), "{page}");
        let plain = page.replace("\\-", "-");
        for command in Cli::command().get_subcommands() {
            assert!(plain.contains(&format!("paydesk {}", command.get_name())), "{}", command.get_name());
        }
        for action in actions::all() {
            assert!(plain.contains(&format!("\\fB{}\\fR", action.name)), "{}", action.name);
        }
        for code in 0..=9 {
            assert!(plain.contains(&format!("\\fB{code}\\fR")), "{code}");
        }
        assert!(plain.contains("PAYDESK_DATA_DIR") && plain.contains("--skip-denied"));
        // No line of text is taken for a command of the formatter.
        let known =
            [".TH", ".SH", ".SS", ".TP", ".ie", ".el", ".RS", ".RE", ".br", ".PP", ".B", ".nf", ".fi"];
        for line in page.lines().filter(|line| line.starts_with('.')) {
            assert!(known.iter().any(|known| line.starts_with(known)), "{line}");
        }
    }
}
