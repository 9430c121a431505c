//! `paydesk login|logout`: a profile's key kept in the system's keyring, or in a private file where there is none; told whose it
//! is before anything is kept, and never taken from an argument.

use std::io::{self, IsTerminal as _, Read as _};

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::{
    exit::Failed,
    out::{Done, Shown, note},
    stop::Stop,
    wire::Setup,
};
use crate::{
    config::{
        KEY_VARIABLE,
        keyring::{Keyring, System},
        keys::{self, Found, Secret},
        pin::{self, Pin},
    },
    runtime::unseen::{self, Unseen},
    stripe::{
        Key, Kind, Mode, masked,
        webhook::{SecretError, Secrets},
    },
    time::{Clock as _, SystemClock},
};

/// No key is longer; what is, was piped in by mistake.
const BYTES_MOST: u64 = 4_096;
const CHARS_MOST: usize = 4_096;

/// Keep a profile's key: typed unseen, or read from standard input
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Replace the key that is kept: the new one has to reach the same account, and only then is the old one forgotten
    #[arg(long)]
    pub rotate: bool,
    /// Keep it in a private file, not in the system's keyring
    #[arg(long)]
    pub file: bool,
    /// Not the key but the signing secret (whsec_…) of the webhook endpoint; with --rotate the one before counts too, until the next
    #[arg(long)]
    pub webhook: bool,
}

/// Forget a profile's key
#[derive(Debug, clap::Args)]
pub struct Logout {
    /// Not the key but the signing secret of the webhook endpoint
    #[arg(long)]
    pub webhook: bool,
}

/// Whether one is replaced.
fn replaces(which: Secret, args: &Args, setup: &Setup) -> Result<bool, Failed> {
    let config = &setup.config;
    let (profile, noun, switch) = (&config.profile.value, which.noun(), which.switch());
    match (args.rotate, keys::is_kept(which, &config.data_dir.value, profile)) {
        (rotate, kept) if rotate == kept => Ok(rotate),
        (false, _) => Err(Failed::Config(format!(
            "profile {profile} has a {noun} already: `paydesk login{switch} --rotate` replaces it, `paydesk logout{switch}` forgets it"
        ))),
        (true, _) => Err(Failed::Config(format!(
            "no {noun} is kept for profile {profile}, so there is none to rotate: `paydesk login{switch}`"
        ))),
    }
}

/// Keeps the signing secret. Nobody can be asked whether it is right but the next event.
async fn of_webhook(args: &Args, setup: &Setup) -> Result<Done, Failed> {
    let config = &setup.config;
    let (data_dir, profile) = (&config.data_dir.value, &config.profile.value);
    let wrong = |error: SecretError| Failed::Config(error.to_string());
    let before = if replaces(Secret::Webhook, args, setup)? {
        keys::kept_webhook(data_dir, profile, &System)?.map(|(_, secret)| secret)
    } else {
        None
    };
    let given = ask(Secret::Webhook, profile).await?;
    Secrets::parse(given.expose_secret()).map_err(wrong)?;
    // The one before, without the one that it replaced itself.
    let last = before.as_ref().and_then(|before| before.expose_secret().split_whitespace().next());
    let both = SecretString::from(
        [Some(given.expose_secret()), last].into_iter().flatten().collect::<Vec<_>>().join(" "),
    );
    let count = Secrets::parse(both.expose_secret()).map_err(wrong)?.count();
    let keyring: Option<&dyn Keyring> = if args.file { None } else { Some(&System) };
    let (place, why) = keys::keep(Secret::Webhook, (data_dir, profile), &both, SystemClock.now(), keyring)?;
    if let Some(why) = why {
        note(&format!("the system's keyring was not used: {why}"))
            .map_err(|error| Failed::Defect(error.to_string()))?;
    }
    let pairs = vec![
        ("profile".to_owned(), profile.clone()),
        ("signing secrets".to_owned(), count.to_string()),
        ("kept in".to_owned(), place.to_string()),
    ];
    let result = json!({"profile": profile, "signing_secrets": count, "kept_in": place.to_string()});
    Ok(Done::new("login", result, Shown::Pairs(pairs)))
}

pub(super) async fn login(args: &Args, setup: &Setup) -> Result<Done, Failed> {
    if args.webhook {
        return of_webhook(args, setup).await;
    }
    let config = &setup.config;
    let (data_dir, profile) = (&config.data_dir.value, &config.profile.value);
    // What is replaced may be in a keyring that does not give it; then it is named without its last four characters.
    let before =
        replaces(Secret::Key, args, setup)?.then(|| keys::kept(data_dir, profile, &System).ok().flatten());
    let secret = ask(Secret::Key, profile).await?;
    let key = Key::parse(secret.clone()).map_err(|error| Failed::Config(error.to_string()))?;
    let found = Found { secret, key, source: "login".to_owned(), since: None };
    let told = setup.told_by(&found).await?;
    let pin = Pin { account: told.id, mode: found.key.mode(), zone: told.zone };
    let known = pin::check(data_dir, profile, &pin)?;
    let bound = known.and_then(|known| known.account);
    if let (true, Some(account), None) = (args.rotate, &bound, &pin.account) {
        return Err(Failed::Config(format!(
            "it cannot be told that this key reaches {account}, to which profile {profile} belongs, and the old one was kept: {}",
            told.unsure.unwrap_or_else(|| "give the new key the permission to read its account".to_owned())
        )));
    }
    let keyring: Option<&dyn Keyring> = if args.file { None } else { Some(&System) };
    let (place, why) =
        keys::keep(Secret::Key, (data_dir, profile), &found.secret, SystemClock.now(), keyring)?;
    let held = pin::hold(data_dir, profile, &pin)?;
    let mut remarks = remarks(setup, &found.key, told.unsure, why);
    let replaced = before.map(|before| before.map_or_else(|| "…".to_owned(), |found| found.key.masked()));
    if let Some(old) = &replaced {
        remarks.push(format!("{old} still works at Stripe until it expires or is revoked in the Dashboard"));
    }
    let account = held.account.clone().unwrap_or_default();
    let mut pairs = vec![
        ("profile".to_owned(), profile.clone()),
        ("account".to_owned(), account.clone()),
        ("mode".to_owned(), held.mode.name().to_owned()),
        ("key".to_owned(), found.key.masked()),
        ("kept in".to_owned(), place.to_string()),
    ];
    pairs.extend(replaced.iter().map(|old| ("replaced".to_owned(), old.clone())));
    for remark in &remarks {
        note(remark).map_err(|error| Failed::Defect(error.to_string()))?;
    }
    let result = json!({
        "profile": profile, "account": account, "mode": held.mode.name(), "key": found.key.masked(),
        "kept_in": place.to_string(), "replaced": replaced, "remarks": remarks,
    });
    Ok(Done::new("login", result, Shown::Pairs(pairs)))
}

/// From the terminal, unseen, or all of standard input.
async fn ask(which: Secret, profile: &str) -> Result<SecretString, Failed> {
    let noun = which.noun();
    let unread = |error: io::Error| Failed::Config(format!("no {noun} could be read: {error}"));
    let text = if io::stdin().is_terminal() {
        let mut stop = Stop::listen()?;
        // Given back on every way out, a signal's too.
        let _unseen = Unseen::ask(&format!("{} for profile {profile} (it is not shown): ", which.title()))
            .map_err(unread)?;
        let typing = async {
            let read = tokio::task::spawn_blocking(|| unseen::line(CHARS_MOST)).await;
            match read {
                Ok(line) => line.map_err(unread),
                Err(error) => Err(Failed::Defect(error.to_string())),
            }
        };
        stop.reading(typing)
            .await?
            .ok_or_else(|| Failed::Config(format!("no {noun} was given; nothing was kept")))?
    } else {
        let mut text = String::new();
        io::stdin().lock().take(BYTES_MOST).read_to_string(&mut text).map_err(unread)?;
        text
    };
    let secret = SecretString::from(text.trim().to_owned());
    // What was read is wiped with the secret that takes its place.
    drop(SecretString::from(text));
    Ok(secret)
}

fn remarks(setup: &Setup, key: &Key, unsure: Option<String>, why: Option<String>) -> Vec<String> {
    let mut remarks = Vec::new();
    if let Some(why) = why {
        remarks.push(format!("the system's keyring was not used: {why}"));
    }
    if key.kind() == Kind::Secret {
        remarks.push(
            "this is a secret key: it may do everything that Stripe offers. A restricted key (rk_…) with what docs/permissions.md \
             lists for your role does less harm in wrong hands"
                .to_owned(),
        );
    }
    if key.mode() == Mode::Live {
        remarks.push("this key moves real money".to_owned());
    }
    remarks.extend(unsure);
    if let Some(secret) = setup.environment.key() {
        let shown = masked(secret.expose_secret());
        remarks.push(format!("{KEY_VARIABLE} is set ({shown}) and is used instead of what is kept"));
    }
    remarks
}

pub(super) fn logout(args: &Logout, setup: &Setup) -> Result<Done, Failed> {
    let config = &setup.config;
    let profile = &config.profile.value;
    let which = if args.webhook { Secret::Webhook } else { Secret::Key };
    let (noun, variable) = (which.noun(), which.variable());
    let Some(place) = keys::forget(which, (&config.data_dir.value, profile), &System)? else {
        let environment = &setup.environment;
        let given = if args.webhook { environment.webhook_secret() } else { environment.key() };
        let set = given.map(|_| format!("; {variable} is set, and is yours to unset")).unwrap_or_default();
        return Err(Failed::Config(format!("no {noun} is kept for profile {profile}{set}")));
    };
    if which == Secret::Key {
        note("the key itself still works at Stripe: revoke it in the Dashboard if nobody else uses it")
            .map_err(|error| Failed::Defect(error.to_string()))?;
    }
    let result = json!({"profile": profile, "forgotten_from": place.to_string()});
    let shown = Shown::Pairs(vec![
        ("profile".to_owned(), profile.clone()),
        ("forgotten from".to_owned(), place.to_string()),
    ]);
    Ok(Done::new("logout", result, shown))
}
