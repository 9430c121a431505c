//! `paydesk demo`: the desk on the embedded Stripe, in a data folder of its own. Real profiles are never touched.

use std::{
    fs::File,
    path::{Path, PathBuf},
    time::Duration,
};

use secrecy::SecretString;

use super::{exit::Failed, wire::Setup};
use crate::{
    actions,
    config::{Config, Environment, Source, Sourced, keys, pin::Pin, private_folder},
    desk::{bottom::key_of, keymap::Do, panes::PaneId, state::Tip},
    sandbox::{self, Options, Running},
    stripe::{Key, Mode},
};

/// Demos of one seed at once.
const DEMOS_MOST: u32 = 20;

/// Open the desk on an embedded Stripe: nothing real can happen
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The world to open; the same seed is the same world
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How many customers it has
    #[arg(long, default_value_t = 400)]
    pub customers: u32,
    /// Milliseconds that every answer takes
    #[arg(long, default_value_t = 40, value_name = "MS")]
    pub latency: u64,
    #[command(flatten)]
    pub desk: super::desk::Switches,
}

impl Default for Args {
    fn default() -> Self {
        Self { seed: 1, customers: 400, latency: 40, desk: super::desk::Switches::default() }
    }
}

/// Starts the embedded Stripe and settles everything on it: the settings of the real one hold no more.
pub(super) async fn start(
    args: &Args,
    config: Config,
    environment: Environment,
) -> Result<(Setup, Running), Failed> {
    let options = Options {
        seed: args.seed,
        customers: args.customers,
        latency: Duration::from_millis(args.latency),
        ..Options::default()
    };
    let running = apart(options).await?;
    let config = for_demo(config, args.seed, &running)?;
    let secret = SecretString::from(running.secret_key().to_owned());
    let key = Key::parse(secret.clone()).map_err(|error| Failed::Defect(error.to_string()))?;
    let key = Some(keys::Found { secret, key, source: "demo".into(), since: None });
    let account = Pin { account: Some(running.account().to_owned()), mode: Mode::Test, zone: None };
    Ok((Setup { config, environment, demo: true, key, account: Some(account) }, running))
}

/// The embedded Stripe works on a thread of its own: what it computes never holds up a key.
async fn apart(options: Options) -> Result<Running, Failed> {
    let defect = |error: &dyn std::fmt::Display| Failed::Defect(format!("the embedded Stripe: {error}"));
    let (started, running) = tokio::sync::oneshot::channel();
    let spawned = std::thread::Builder::new().name("sandbox".into()).spawn(move || {
        let built = tokio::runtime::Builder::new_current_thread().enable_all().build();
        match built {
            Ok(runtime) => runtime.block_on(async {
                // It serves until the program ends.
                if started.send(sandbox::start(options).await.map_err(|error| error.to_string())).is_ok() {
                    std::future::pending::<()>().await;
                }
            }),
            Err(error) => drop(started.send(Err(error.to_string()))),
        }
    });
    spawned.map_err(|error| defect(&error))?;
    running.await.map_err(|error| defect(&error))?.map_err(Failed::Config)
}

/// Each start is a new world, so what an earlier sitting did is none of its past: the first folder of this seed that no
/// running demo holds, emptied.
fn fresh_folder(data_dir: &Path, seed: u64) -> Result<PathBuf, Failed> {
    let failed =
        |folder: &Path, error: std::io::Error| Failed::Config(format!("{}: {error}", folder.display()));
    for number in 1..=DEMOS_MOST {
        let folder = data_dir.join(format!("demo-{seed}-{number}"));
        private_folder(&folder)?;
        let file = File::create(folder.join("demo.lock")).map_err(|error| failed(&folder, error))?;
        if file.try_lock().is_err() {
            continue;
        }
        for entry in std::fs::read_dir(&folder).map_err(|error| failed(&folder, error))?.flatten() {
            if entry.file_name() != "demo.lock" && entry.file_type().is_ok_and(|kind| kind.is_file()) {
                std::fs::remove_file(entry.path()).map_err(|error| failed(&folder, error))?;
            }
        }
        // Held until the program ends.
        std::mem::forget(file);
        return Ok(folder);
    }
    Err(Failed::Config(format!(
        "{DEMOS_MOST} demos of seed {seed} are running: close one, or take another --seed"
    )))
}

/// The customers who are there to be tried, and what they want.
pub fn tips() -> Vec<Tip> {
    let desk = |does: Do| key_of(does).map(|key| key.to_string()).unwrap_or_default();
    let row = |action: &str| actions::find(action).and_then(|action| action.key).unwrap_or_default();
    let tip = |who: &str, first: &str, then: &str, what: String| Tip {
        who: who.to_owned(),
        what,
        keys: format!("{first} {then}"),
    };
    let (twice, refund) = (desk(Do::Twice), row("refund_charge"));
    let (subscriptions, cancel) = (PaneId::Subscriptions.pane().number, row("cancel_subscription"));
    let (explain, reply) = (desk(Do::Explain), desk(Do::Reply));
    vec![
        tip(
            "ada@example.com",
            &twice,
            refund,
            format!("was charged twice: {twice} compares the two $99.00, {refund} there refunds one"),
        ),
        tip(
            "grace@example.com",
            subscriptions,
            cancel,
            format!("wants to stop: {subscriptions} goes to her subscription, {cancel} there cancels it"),
        ),
        tip(
            "alan@example.com",
            &explain,
            &reply,
            format!(
                "asks what yesterday's $49.00 were for: {explain} explains, {reply} there copies a reply"
            ),
        ),
    ]
}

fn for_demo(mut config: Config, seed: u64, running: &Running) -> Result<Config, Failed> {
    fn demo<T>(value: T) -> Sourced<T> {
        Sourced { value, source: Source::Demo }
    }
    private_folder(&config.data_dir.value)?;
    config.data_dir = demo(fresh_folder(&config.data_dir.value, seed)?);
    // Each start is a new world, so what an earlier one was bound to means nothing.
    config.profile = demo("demo".into());
    config.agent = demo("maya".into());
    config.account = demo(None);
    config.ca_file = demo(None);
    config.api_base =
        demo(url::Url::parse(running.base_url()).map_err(|error| Failed::Defect(error.to_string()))?);
    for (name, value) in [
        ("profile", config.profile.value.clone()),
        ("agent", config.agent.value.clone()),
        ("data_dir", config.data_dir.value.display().to_string()),
        ("api_base", config.api_base.value.to_string()),
        ("account", String::new()),
        ("ca_file", String::new()),
        ("policy", "built-in".to_owned()),
    ] {
        if let Some(row) = config.in_force.iter_mut().find(|(known, ..)| known == name) {
            *row = (name.to_owned(), value, Source::Demo.to_string());
        }
    }
    Ok(config)
}
