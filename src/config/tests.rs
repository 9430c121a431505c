//! Layers, sources, and the example file.

use super::*;

struct Case {
    home: tempfile::TempDir,
    flags: Flags,
}

impl Case {
    fn new(text: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("config.toml");
        std::fs::write(&file, format!("version = 1\n{text}")).unwrap();
        let values = [("data_dir", home.path().join("data").display().to_string())].into();
        Self { flags: Flags { config: Some(file), values, new_profile: false }, home }
    }

    fn flag(mut self, name: &'static str, value: &str) -> Self {
        self.flags.values.insert(name, value.to_owned());
        self
    }

    fn load(&self, variables: &[(&'static str, &str)]) -> Result<Config, String> {
        Config::load(&self.flags, &Environment::of(variables)).map_err(|error| error.to_string())
    }
}

const LAYERED: &str = "[desk]\nagent = \"file\"\nundo_seconds = 9\n[profiles.work]\nagent = \"profile\"\n";

#[test]
fn flag_environment_profile_file_default_in_this_order() {
    let agent = |case: &Case, variables: &[(&'static str, &str)]| {
        let agent = case.load(variables).unwrap().agent;
        let source = agent.source.to_string();
        (agent.value, source.rsplit('/').next().unwrap().to_owned())
    };
    let variables = [("PAYDESK_AGENT", "variable"), ("PAYDESK_PROFILE", "work")];
    let flagged = Case::new(LAYERED).flag("agent", "flag");
    assert_eq!(agent(&flagged, &variables), ("flag".into(), "--agent".into()));
    let case = Case::new(LAYERED);
    assert_eq!(agent(&case, &variables), ("variable".into(), "PAYDESK_AGENT".into()));
    assert_eq!(agent(&case, &variables[1..]), ("profile".into(), "config.toml:6 [profiles.work]".into()));
    assert_eq!(agent(&case, &[]), ("file".into(), "config.toml:3".into()));
    assert_eq!(agent(&Case::new(""), &[("USER", "maya")]), ("maya".into(), "this system".into()));
    assert_eq!(case.load(&[]).unwrap().undo_seconds.value, 9);
    assert_eq!(Case::new("").load(&[]).unwrap().undo_seconds, Sourced { value: 5, source: Source::Default });
}

#[test]
fn a_wrong_value_names_its_place() {
    assert_eq!(
        Case::new("").flag("color", "blue").load(&[]).unwrap_err(),
        "--color: `blue` is not one of auto, always, never"
    );
    let error = Case::new("").load(&[("STRIPE_API_BASE", "nowhere")]).unwrap_err();
    assert_eq!(error, "STRIPE_API_BASE: `nowhere` is not an address like https://api.stripe.com");
    let error = Case::new(LAYERED).load(&[("PAYDESK_PROFILE", "wrok")]).unwrap_err();
    let says =
        "no profile is named `wrok`: did you mean `work`? known are default, work; [profiles.wrok] in ";
    assert!(error.starts_with(says), "{error}");
}

#[test]
fn a_profile_is_known_by_its_section_its_binding_its_key_or_by_being_the_default() {
    let asked =
        |case: &Case, name: &str| case.load(&[("PAYDESK_PROFILE", name)]).map(|found| found.profile.value);
    let case = Case::new(LAYERED);
    assert_eq!(asked(&case, "default"), Ok("default".into()));
    assert_eq!(asked(&case, "work"), Ok("work".into()));
    let known = "known are default, work;";
    assert!(asked(&case, "nope").unwrap_err().contains(known));
    for (folder, file) in [("profiles", "bound.json"), ("keys", "keyed")] {
        let folder = case.home.path().join("data").join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(file), "").unwrap();
    }
    assert_eq!(asked(&case, "bound"), Ok("bound".into()));
    assert_eq!(asked(&case, "keyed"), Ok("keyed".into()));
    assert!(asked(&case, "nope").unwrap_err().contains("known are bound, default, keyed, work;"));
    assert!(asked(&Case::new(""), "nope").is_err(), "a name that nobody gave is not free");
    assert_eq!(Case::new("[desk]\nprofile = \"alone\"\n").load(&[]).unwrap().profile.value, "alone");
    assert!(Case::new("[desk]\nprofile = \"x\"\n[profiles.work]\n").load(&[]).is_err());
}

#[test]
fn a_file_that_was_asked_for_must_be_there() {
    let mut case = Case::new("");
    case.flags.config = Some(case.home.path().join("absent.toml"));
    assert!(case.load(&[]).unwrap_err().contains("absent.toml"));
}

#[test]
fn no_color_is_heeded_below_the_flag() {
    let color = |case: &Case| case.load(&[("NO_COLOR", "1")]).unwrap().color.value;
    assert_eq!(color(&Case::new("[desk]\ncolor = \"always\"\n")), Color::Never);
    assert_eq!(color(&Case::new("").flag("color", "always")), Color::Always);
}

#[test]
fn paths_in_the_file_count_from_its_folder() {
    let case = Case::new("[desk]\npolicy = \"rules/mine.toml\"\n");
    assert_eq!(case.load(&[]).unwrap().policy.value, case.home.path().join("rules/mine.toml"));
    let config = Case::new("").load(&[]).unwrap();
    assert!(config.policy.value.ends_with("policy.toml"));
}

#[test]
fn everything_in_force_is_listed_with_its_source() {
    let config = Case::new("[network]\nread_seconds = 7\n").load(&[]).unwrap();
    assert_eq!(config.in_force.len(), SETTINGS.len());
    let (_, value, source) = config.in_force.iter().find(|(name, ..)| name == "read_seconds").unwrap();
    assert_eq!(value, "7");
    assert!(source.ends_with("config.toml:3"), "{source}");
    assert_eq!(config.deadlines.read_s, 7);
}

#[test]
fn the_example_is_valid_names_every_setting_and_changes_nothing() {
    let path = Path::new("config.example.toml");
    File::parse(path, EXAMPLE).unwrap();
    for setting in SETTINGS {
        let line = EXAMPLE.lines().map(|line| line.trim_start_matches(['#', ':', ' '])).find(|line| {
            line.strip_prefix(setting.name).is_some_and(|rest| rest.trim_start().starts_with('='))
        });
        let line = line.unwrap_or_else(|| panic!("{} is not in the example", setting.name));
        let value = line.split_once('=').unwrap().1.split('#').next().unwrap().trim().trim_matches('"');
        if !setting.default.is_empty() {
            assert_eq!(value, setting.default, "{}", setting.name);
        }
    }
    // What is commented out must be right too once the mark is taken away.
    let uncommented: String =
        EXAMPLE.lines().map(|line| line.strip_prefix("#: ").unwrap_or(line).to_owned() + "\n").collect();
    let file = File::parse(path, &uncommented).unwrap();
    assert!(file.profiles().count() >= 2);
    for setting in SETTINGS {
        assert!(
            file.general(setting.name).is_some(),
            "{} is not set by the uncommented example",
            setting.name
        );
    }
}
