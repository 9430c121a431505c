//! The policy file: TOML in, checked structures out. The first fault is told with its line and column, and a file with
//! a fault allows nothing.

use std::{collections::BTreeMap, path::Path};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    approver::{self, ApproverKey},
    error::{Faults, PolicyError},
    example::{self, Example},
    reader,
    role::{ASSISTANT, Agent, BASE_ROLE, NO_ROLE, Role, Roles, cycle},
    rules::{Closed, Layer, Rule, Set},
};
use crate::text::nearest;

/// The policy that holds in test mode when there is no file: complete, and commented for people to start from.
pub const BUILTIN: &str = include_str!("../../assets/policy.toml");
/// What [`BUILTIN`] is called beside its rules.
pub const BUILTIN_SOURCE: &str = "built-in";
/// Bytes. A longer file is somebody's mistake.
const BYTES_MOST: usize = 262_144;
const TOP: &[&str] = &["version", "default_role", "roles", "agents", "approvers", "example"];

/// A policy file that loaded, or what stands in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    pub(super) source: String,
    pub(super) hash: String,
    pub(super) base: Layer,
    pub(super) default_role: String,
    pub(super) roles: Roles,
    pub(super) agents: BTreeMap<String, Agent>,
    #[serde(default)]
    pub(super) approvers: BTreeMap<String, ApproverKey>,
    pub(super) examples: Vec<Example>,
    pub(super) closed: Option<Closed>,
}

impl Policy {
    /// Reads a policy file. `source` is its name in messages.
    pub fn parse(text: &str, source: impl AsRef<Path>) -> Result<Self, PolicyError> {
        let source = source.as_ref().display().to_string();
        let mut faults = Faults::new(text);
        let policy = read(text, &source, &mut faults);
        faults.finish(&source)?;
        Ok(policy)
    }

    /// [`BUILTIN`]; a test holds that it loads.
    pub fn builtin() -> Self {
        Self::parse(BUILTIN, BUILTIN_SOURCE).unwrap_or_else(|error| Self::broken(&error))
    }

    /// Without a file: the built-in rules in test mode; live they are shown, but nothing may be changed.
    pub fn without_file(live: bool) -> Self {
        let mut policy = Self::builtin();
        if live && policy.closed.is_none() {
            policy.closed = Some(Closed {
                rule: "policy.file".into(),
                why: "there is no policy file, and without one nothing is changed in live mode".into(),
            });
        }
        policy
    }

    /// In the place of a file that does not load: nobody may change anything, live or not.
    pub fn broken(error: &PolicyError) -> Self {
        Self::closed(&format!("the policy does not load: {error}"))
    }

    /// Nobody may change anything, for this reason, whatever the mode: there are no rules that could allow it.
    pub fn closed(why: &str) -> Self {
        Self {
            source: "none".into(),
            hash: sha256(why),
            base: Layer::new(),
            default_role: BASE_ROLE.into(),
            roles: Roles::new(),
            agents: BTreeMap::new(),
            approvers: BTreeMap::new(),
            examples: Vec::new(),
            closed: Some(Closed { rule: "policy.file".into(), why: crate::text::clean(why) }),
        }
    }

    /// SHA-256 of the file's text, hex; of the reason, where there is no text.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The file's name, `built-in`, or `none`.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Why nobody may change anything, if so.
    pub fn why_closed(&self) -> Option<&str> {
        self.closed.as_ref().map(|closed| closed.why.as_str())
    }

    /// The key with which this agent signs what they approve as a second person.
    pub fn approver(&self, agent: &str) -> Option<&ApproverKey> {
        self.approvers.get(agent)
    }

    pub fn examples(&self) -> &[Example] {
        &self.examples
    }
}

fn sha256(text: &str) -> String {
    use std::fmt::Write as _;

    Sha256::digest(text.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _infallible = write!(hex, "{byte:02x}");
        hex
    })
}

/// What could be read of the file; it counts only when no fault was found.
fn read(text: &str, source: &str, faults: &mut Faults<'_>) -> Policy {
    let mut policy =
        Policy { source: crate::text::clean(source), hash: sha256(text), closed: None, ..Policy::closed("") };
    if text.len() > BYTES_MOST {
        faults.add(&(0..0), "", format!("the file is longer than {BYTES_MOST} bytes"));
        return policy;
    }
    let document = match DeTable::parse(text) {
        Ok(document) => document,
        Err(error) => {
            let span = error.span().unwrap_or(text.len()..text.len());
            faults.add(&span, "", format!("this is not TOML: {}", error.message()));
            return policy;
        }
    };
    let table = document.get_ref();
    version(table, faults);
    rules(table, None, TOP, &mut policy.base, faults);
    section(table, "roles", faults, |name, span, table, faults| {
        if [BASE_ROLE, NO_ROLE].contains(&name) {
            faults.add(
                &span,
                name,
                format!("the role `{name}` is built in: its rules stand outside of [roles]"),
            );
        }
        let mut role = Role { line: faults.line(&span), ..Role::default() };
        rules(table, Some(name), &["extends"], &mut role.set, faults);
        role.extends = named(table, "extends", faults);
        policy.roles.insert(name.to_owned(), role);
    });
    if let Some(role) = named(table, "default_role", faults) {
        policy.default_role = role;
    }
    agents(table, &mut policy, faults);
    policy.approvers = approver::read(table, faults);
    examples(table, &mut policy, faults);
    lineage(table, &policy, faults);
    policy
}

fn version(table: &DeTable<'_>, faults: &mut Faults<'_>) {
    match table.get("version") {
        None => {
            faults.add(&(0..0), "version", "`version = 1` is missing: it says how the file is to be read");
        }
        Some(value) => {
            if value.get_ref().as_integer().is_none_or(|number| number.as_str() != "1") {
                faults.add(&value.span(), "version", "only `version = 1` is known to this paydesk");
            }
        }
    }
}

/// Reads every rule below `table` into `layer`. `others` are the keys that are no rules, read elsewhere.
fn rules(
    table: &DeTable<'_>,
    role: Option<&str>,
    others: &[&'static str],
    layer: &mut Layer,
    faults: &mut Faults<'_>,
) {
    let mut waiting = vec![(String::new(), table)];
    while let Some((prefix, table)) = waiting.pop() {
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            let full = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") };
            if let Some(rule) = Rule::find(&full) {
                if let Some(read) = reader::read(rule, value, faults) {
                    let set = Set::at(read, faults.line(&key.span()), role);
                    layer.insert(rule, set);
                }
            } else if Rule::is_section(&full) {
                match value.get_ref().as_table() {
                    Some(table) => waiting.push((full, table)),
                    None => faults.add(
                        &key.span(),
                        &full,
                        format!("`{full}` is a section of rules: write [{full}]"),
                    ),
                }
            } else if !(prefix.is_empty() && others.contains(&name)) {
                let names = Rule::ALL.iter().map(|info| info.name);
                let sections =
                    names.clone().filter_map(|name| name.rsplit_once('.')).map(|(section, _)| section);
                let near = nearest(&full, sections.chain(names).chain(others.iter().copied()));
                faults.add_with(&key.span(), &full, format!("`{full}` is not a rule"), near);
            }
        }
    }
}

/// Calls `each` with every table below `[name]`, and notes what is no table.
fn section(
    table: &DeTable<'_>,
    name: &str,
    faults: &mut Faults<'_>,
    mut each: impl FnMut(&str, std::ops::Range<usize>, &DeTable<'_>, &mut Faults<'_>),
) {
    let Some(value) = table.get(name) else { return };
    let Some(entries) = value.get_ref().as_table() else {
        faults.add(&value.span(), name, format!("`{name}` is a section: write [{name}.lead]"));
        return;
    };
    for (key, value) in entries {
        let entry = key.get_ref().as_ref();
        if let Some(table) = value.get_ref().as_table() {
            each(entry, key.span(), table, faults);
        } else {
            let full = format!("{name}.{entry}");
            faults.add(&key.span(), &full, format!("`{full}` is a section: write [{full}]"));
        }
    }
}

/// The text of `key`, if it is there.
fn named(table: &DeTable<'_>, key: &str, faults: &mut Faults<'_>) -> Option<String> {
    let value = table.get(key)?;
    let text = value.get_ref().as_str().map(str::to_owned);
    if text.is_none() {
        faults.add(
            &value.span(),
            key,
            format!("`{key}` is the name of a role: write {key} = \"{BASE_ROLE}\""),
        );
    }
    text
}

/// `maya = "lead"`, or a table with a role and rules of her own.
fn agents(table: &DeTable<'_>, policy: &mut Policy, faults: &mut Faults<'_>) {
    let Some(value) = table.get("agents") else { return };
    let Some(entries) = value.get_ref().as_table() else {
        faults.add(&value.span(), "agents", "`agents` is a section: write [agents], then maya = \"lead\"");
        return;
    };
    for (key, value) in entries {
        let name = key.get_ref().as_ref();
        let mut agent = Agent { role: None, set: Layer::new(), line: faults.line(&key.span()) };
        if let Some(role) = value.get_ref().as_str() {
            agent.role = Some(role.to_owned());
        } else if let Some(table) = value.get_ref().as_table() {
            agent.role = named(table, "role", faults);
            rules(table, Some(name), &["role"], &mut agent.set, faults);
        } else {
            let full = format!("agents.{name}");
            faults.add(&value.span(), &full, format!("`{full}` is a role's name or a table of rules"));
        }
        policy.agents.insert(name.to_owned(), agent);
    }
}

fn examples(table: &DeTable<'_>, policy: &mut Policy, faults: &mut Faults<'_>) {
    let Some(value) = table.get("example") else { return };
    let Some(entries) = value.get_ref().as_array() else {
        faults.add(
            &value.span(),
            "example",
            "examples are written [[example]], each with a case and an expect",
        );
        return;
    };
    for entry in entries {
        let Some(table) = entry.get_ref().as_table() else {
            faults.add(&entry.span(), "example", "an example is a table with a case and an expect");
            continue;
        };
        for (key, _) in table.iter().filter(|(key, _)| !["case", "expect"].contains(&key.get_ref().as_ref()))
        {
            let name = key.get_ref();
            let near = nearest(name, ["case", "expect"].into_iter());
            faults.add_with(&key.span(), name, format!("`{name}` is not known in an example"), near);
        }
        let text = |key: &str, faults: &mut Faults<'_>| {
            let value: Option<&Spanned<DeValue<'_>>> = table.get(key);
            let text = value.and_then(|value| value.get_ref().as_str());
            if text.is_none() {
                let span = value.map_or_else(|| entry.span(), Spanned::span);
                faults.add(&span, key, format!("an example needs `{key}`, a text"));
            }
            text.zip(value.map(Spanned::span))
        };
        let (case, expect) = (text("case", faults), text("expect", faults));
        let Some(((case, case_span), (expect, expect_span))) = case.zip(expect) else { continue };
        let line = faults.line(&case_span);
        let case = example::Case::parse(case).map_err(|wrong| faults.add(&case_span, "case", wrong));
        let expect =
            example::Expect::parse(expect).map_err(|wrong| faults.add(&expect_span, "expect", wrong));
        if let (Ok(case), Ok(expect)) = (case, expect) {
            policy.examples.push(Example { case, expect, line });
        }
    }
}

/// Every role that is named exists, and none extends itself.
fn lineage(table: &DeTable<'_>, policy: &Policy, faults: &mut Faults<'_>) {
    let known = |name: &str| [BASE_ROLE, ASSISTANT].contains(&name) || policy.roles.contains_key(name);
    let check = |key: &str, value: Option<&Spanned<DeValue<'_>>>, faults: &mut Faults<'_>| {
        let Some((value, name)) = value.and_then(|value| Some((value, value.get_ref().as_str()?))) else {
            return;
        };
        let nobody = key == "default_role" && name == NO_ROLE;
        if !known(name) && !nobody {
            let near = nearest(name, policy.roles());
            faults.add_with(&value.span(), key, format!("`{key}`: there is no role `{name}`"), near);
        }
    };
    check("default_role", table.get("default_role"), faults);
    let entries =
        |name: &str| table.get(name).and_then(|value| value.get_ref().as_table()).into_iter().flatten();
    for (key, value) in entries("roles") {
        let name = key.get_ref().as_ref();
        let extends = value.get_ref().as_table().and_then(|table| table.get("extends"));
        check(&format!("roles.{name}.extends"), extends, faults);
        if let (Some(path), Some(extends)) = (cycle(&policy.roles, name), extends) {
            let key = format!("roles.{name}.extends");
            faults.add(
                &extends.span(),
                &key,
                format!("`{key}`: the role extends itself ({})", path.join(" → ")),
            );
        }
    }
    for (key, value) in entries("agents") {
        let role = value.get_ref().as_table().map_or(Some(value), |table| table.get("role"));
        check(&format!("agents.{}", key.get_ref()), role, faults);
    }
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
