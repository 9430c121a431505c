//! `paydesk webhook --listen`: events that Stripe sends, each printed once in one line, when its signature is right. They say that
//! something happened; what is so now is read. Nothing of the object but its id is printed.

mod serve;

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use secrecy::{ExposeSecret as _, SecretString};

use self::serve::Desk;
use super::{exit::Failed, out::note, stop::Stop, wire::Setup};
use crate::{
    config::{WEBHOOK_VARIABLE, keyring, keys},
    stripe::webhook::Secrets,
    time::SystemClock,
};

/// Receive signed events, and print one line for each
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The endpoint's signing secret (whsec_…) is never an argument: `paydesk login --webhook` keeps it in the system's keyring \
or a private file; or it is read from STRIPE_WEBHOOK_SECRET, or from --secret-file, which must be its owner's alone. Several count \
at once, between spaces, commas or lines: while one is replaced, Stripe signs with both.\n\nColumns: when it was made, its type, the \
object, new or late (something newer of the same object came before), the intent where the object carries paydesk's mark, test or \
live, the event. A delivery that was taken before, while this runs, is answered and not printed again."
)]
pub struct Args {
    /// Address and port; port 0 takes any free one, which is told on stderr
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// Listen even where other machines can connect: signatures are checked, but nothing is encrypted
    #[arg(long)]
    pub beyond_this_machine: bool,
    /// A file with the signing secret, or with several
    #[arg(long, value_name = "FILE")]
    pub secret_file: Option<PathBuf>,
}

pub(super) async fn webhook(args: &Args, setup: &Setup, json: bool) -> Result<(), Failed> {
    if !args.listen.ip().is_loopback() && !args.beyond_this_machine {
        return Err(Failed::Usage(format!(
            "{} can be reached by other machines: listen on 127.0.0.1 behind whatever ends TLS, or say --beyond-this-machine",
            args.listen
        )));
    }
    let secrets = secrets(args, setup)?;
    let count = secrets.count();
    let listener = tokio::net::TcpListener::bind(args.listen)
        .await
        .map_err(|error| Failed::Usage(format!("cannot listen on {}: {error}", args.listen)))?;
    let address = listener.local_addr().map_err(|error| Failed::Defect(error.to_string()))?;
    let mut stop = Stop::listen()?;
    let desk = Arc::new(Desk::new(secrets, Arc::new(SystemClock), json));
    let known = if count == 1 { "1 signing secret".to_owned() } else { format!("{count} signing secrets") };
    note(&format!("listening on http://{address} with {known}"))
        .map_err(|error| Failed::Defect(error.to_string()))?;
    tokio::select! {
        gone = serve::serve(listener, Arc::clone(&desk)) => gone,
        _end = stop.asked() => Ok(()),
    }
}

/// From the file that is named, the environment, or what is kept for the profile.
fn secrets(args: &Args, setup: &Setup) -> Result<Secrets, Failed> {
    let wrong = |place: &str, error: &dyn std::fmt::Display| Failed::Config(format!("{place}: {error}"));
    let (place, text): (String, SecretString) = if let Some(file) = &args.secret_file {
        (file.display().to_string(), keys::private_text(file)?)
    } else if let Some(secret) = setup.environment.webhook_secret() {
        (WEBHOOK_VARIABLE.to_owned(), secret.clone())
    } else {
        let config = &setup.config;
        let kept = keys::kept_webhook(&config.data_dir.value, &config.profile.value, &keyring::System)?;
        kept.ok_or_else(|| {
            Failed::Config(format!(
                "there is no signing secret for profile {}: `paydesk login --webhook` keeps one, or set {WEBHOOK_VARIABLE}, or name \
                 --secret-file",
                config.profile.value
            ))
        })?
    };
    Secrets::parse(text.expose_secret()).map_err(|error| wrong(&place, &error))
}
