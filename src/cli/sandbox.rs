//! `paydesk sandbox`: the embedded Stripe stand-in as a server of its own.

use std::{net::SocketAddr, time::Duration};

use serde_json::json;

use super::{exit::Failed, out, stop::Stop};
use crate::sandbox::{self, FAULT_HELP, Faults, Options, Restrictions, SEARCH_LAG};

/// In milliseconds, as the flag takes it.
const SEARCH_LAG_MS: u64 = SEARCH_LAG.as_secs() * 1_000;

/// Run the Stripe stand-in as a server
#[derive(Debug, clap::Args)]
#[command(after_help = FAULT_HELP)]
pub struct Args {
    /// Address and port; port 0 takes any free one
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDR")]
    pub listen: SocketAddr,
    /// The world to serve; the same seed is the same world
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How many customers it has
    #[arg(long, default_value_t = 400)]
    pub customers: u32,
    /// Milliseconds that every answer takes
    #[arg(long, default_value_t = 0, value_name = "MS")]
    pub latency: u64,
    /// Milliseconds until search finds what was changed, in whole seconds rounded up; 0: at once
    #[arg(long, default_value_t = SEARCH_LAG_MS, value_name = "MS")]
    pub search_lag: u64,
    /// What goes wrong, as below
    #[arg(long, value_name = "SPEC")]
    pub fault: Option<String>,
    /// What the restricted key may do: `charge:read,customer:read`
    #[arg(long, value_name = "LIST")]
    pub restrict: Option<String>,
}

/// Serves until it is told to stop. Nothing here asks for a key of its own but what it prints.
pub(super) async fn sandbox(args: &Args, json: bool) -> Result<(), Failed> {
    let options = Options {
        listen: args.listen,
        seed: args.seed,
        customers: args.customers,
        latency: Duration::from_millis(args.latency),
        search_lag: Duration::from_millis(args.search_lag),
        faults: args
            .fault
            .as_deref()
            .map(Faults::parse)
            .transpose()
            .map_err(|error| usage(&error))?
            .unwrap_or_default(),
        restrict: match &args.restrict {
            Some(list) => list.parse::<Restrictions>().map_err(|error| usage(&error))?,
            None => Restrictions::default(),
        },
        ..Options::default()
    };
    let running = sandbox::start(options).await.map_err(|error| {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
        Failed::Usage(format!("{error}{cause}"))
    })?;
    let mut stop = Stop::listen()?;
    let line = if json {
        let keys = json!({
            "base_url": running.base_url(),
            "secret_key": running.secret_key(),
            "restricted_key": running.restricted_key(),
        });
        format!("{}\n", json!({"ok": true, "action": "sandbox", "result": keys}))
    } else {
        format!("{} {} {}\n", running.base_url(), running.secret_key(), running.restricted_key())
    };
    out::write_out(&line).map_err(|error| Failed::Defect(error.to_string()))?;
    stop.asked().await;
    running.stop().await;
    Ok(())
}

fn usage(error: &dyn std::fmt::Display) -> Failed {
    Failed::Usage(error.to_string())
}
