//! Shell completion. The shell asks this program what could come next, so that actions, their parameters and the values of
//! those are always the catalogue's.

use std::ffi::{OsStr, OsString};

use clap::{Command, CommandFactory as _};
use clap_complete::{
    CompleteEnv,
    engine::{ArgValueCandidates, ArgValueCompleter, CompletionCandidate},
    env::{Bash, EnvCompleter, Fish, Shells, Zsh},
};

use super::{
    Cli,
    exit::Failed,
    out::{Done, Shown},
};
use crate::actions::{self, FieldKind};

/// By which a shell says that it asks.
const VARIABLE: &str = "PAYDESK_COMPLETE";
const NAME: &str = "paydesk";

/// Print what a shell needs to complete commands, actions, parameters and values
#[derive(Debug, clap::Args)]
#[command(after_help = "bash:  source <(paydesk completions bash)     in ~/.bashrc
zsh:   source <(paydesk completions zsh)      in ~/.zshrc
fish:  paydesk completions fish | source      in ~/.config/fish/config.fish")]
pub struct Args {
    #[arg(value_enum, value_name = "SHELL")]
    pub shell: Shell,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
}

/// Bash parts words at `=` and `:`, so that `reason=dup` would be three: here they are put together again, and what stands
/// before the last break is taken off the answers.
const WHOLE_WORDS: &str = r#"
_paydesk_whole_words() {
    local IFS=$' \t\n'
    local line=${COMP_LINE:0:COMP_POINT}
    local -a whole
    read -ra whole <<<"$line"
    [[ $line == *[[:space:]] ]] && whole+=('')
    local last=$((${#whole[@]} - 1))
    local word=${whole[last]}
    local -a COMP_WORDS=("${whole[@]}")
    local COMP_CWORD=$last
    _clap_complete_paydesk "$1" "$word" "$3"
    local kept=${word%"${word##*[=:]}"}
    COMPREPLY=("${COMPREPLY[@]#"$kept"}")
}
complete -o nospace -o bashdefault -F _paydesk_whole_words paydesk
"#;

pub(super) fn completions(args: &Args) -> Result<Done, Failed> {
    let (shell, more): (&dyn EnvCompleter, &str) = match args.shell {
        Shell::Bash => (&Bash, WHOLE_WORDS),
        Shell::Zsh => (&Zsh, ""),
        Shell::Fish => (&Fish, ""),
    };
    let mut script = Vec::new();
    let written = shell.write_registration(VARIABLE, NAME, NAME, NAME, &mut script);
    written.map_err(|error| Failed::Defect(error.to_string()))?;
    let script = format!("{}{more}", String::from_utf8_lossy(&script));
    Ok(Done::new("completions", script.as_str().into(), Shown::Text(script)))
}

/// Answers a shell that asks; false where none does.
pub(super) fn answer(arguments: &[OsString]) -> Result<bool, clap::Error> {
    let words: Vec<String> = arguments.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let asked = CompleteEnv::with_factory(|| command(words.clone()))
        .var(VARIABLE)
        .shells(Shells(&[&Bash, &Zsh, &Fish]));
    asked.try_complete(arguments.iter().cloned(), None)
}

/// The command line, with what the catalogue knows about `run`.
fn command(words: Vec<String>) -> Command {
    let names = ArgValueCandidates::new(|| {
        let one = |action: &actions::Action| {
            CompletionCandidate::new(action.name).help(Some(action.summary.into()))
        };
        actions::all().map(one).collect()
    });
    let parameters = ArgValueCompleter::new(move |current: &OsStr| {
        let found = parameters(&words, &current.to_string_lossy());
        found
            .into_iter()
            .map(|(value, says)| CompletionCandidate::new(value).help(Some(says.into())))
            .collect()
    });
    Cli::command().mut_subcommand("run", |run| {
        run.mut_arg("action", |arg| arg.add(names)).mut_arg("parameters", |arg| arg.add(parameters))
    })
}

/// What could stand where `current` begins: parameters that are not given yet, or behind `name=` its values.
fn parameters(words: &[String], current: &str) -> Vec<(String, &'static str)> {
    let behind_run = words.iter().skip_while(|word| *word != "run");
    let Some(action) = behind_run.skip(1).find_map(|word| actions::find(word)) else { return Vec::new() };
    if let Some((name, value)) = current.split_once('=') {
        let Some(field) = action.field(name) else { return Vec::new() };
        let choices: Vec<(&str, &'static str)> = match field.kind {
            FieldKind::Choice(choices) => choices.iter().map(|choice| (choice.value, choice.says)).collect(),
            FieldKind::Bool => vec![("true", field.help), ("false", field.help)],
            _ => Vec::new(),
        };
        let fitting = choices.into_iter().filter(|(choice, _)| choice.starts_with(value));
        return fitting.map(|(choice, says)| (format!("{name}={choice}"), says)).collect();
    }
    let given = |name: &str| {
        words
            .iter()
            .any(|word| word != current && word.split_once('=').is_some_and(|(known, _)| known == name))
    };
    let open = action.fields.iter().filter(|field| field.name.starts_with(current) && !given(field.name));
    open.map(|field| (format!("{}=", field.name), field.help)).collect()
}

/// What comes next behind such a line.
#[cfg(test)]
pub(super) fn completed(line: &str) -> Vec<String> {
    let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    let arguments = words.iter().map(OsString::from).collect();
    let last = words.len().saturating_sub(1);
    let found = clap_complete::engine::complete(&mut command(words), arguments, last, None).unwrap();
    found.iter().map(|one| one.get_value().to_string_lossy().into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: &str) -> Vec<String> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let current = words.last().unwrap().clone();
        parameters(&words, &current).into_iter().map(|(value, _)| value).collect()
    }

    #[test]
    fn parameters_and_their_values_come_from_the_catalogue() {
        for action in actions::all() {
            let all: Vec<_> = action.fields.iter().map(|field| format!("{}=", field.name)).collect();
            assert_eq!(at(&format!("paydesk run {} ", action.name)), all);
        }
        assert_eq!(at("paydesk run refund_charge charge=ch_1 am"), ["amount="]);
        assert!(!at("paydesk run refund_charge charge=ch_1 ").contains(&"charge=".to_owned()));
        assert_eq!(at("paydesk run refund_charge reason=d"), ["reason=duplicate"]);
        assert_eq!(at("paydesk --profile work run refund_charge --yes reason=d"), ["reason=duplicate"]);
        assert_eq!(at("paydesk run refund_charge note="), [""; 0]);
        assert_eq!(at("paydesk run nothing "), [""; 0]);
    }
}
