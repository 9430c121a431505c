//! Client, ledger and gate from the settings: what every command that talks to Stripe begins with.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use jiff::tz::TimeZone;

use super::{demo, exit::Failed, languages, out::note, profiles};
use crate::{
    answers::reply::Languages,
    config::{
        Config, Environment, Source, keyring, keys,
        pin::{self, Pin},
        private_folder,
    },
    desk::state::{Mode, Session},
    gate::{Gate, Identity, PolicySource, SharedLedger, SharedPolicy},
    ledger::{Closed, Ledger},
    model::{Account, Record},
    policy::{self, Policy, Rule},
    request::Request,
    runtime::{Wire, log::Logged, policy_file::Seen},
    stripe::{
        self, Attempt, Client, Failure, Mode as KeyMode, Priority, Settings, Transport, Urgency, Whose,
    },
    time::{Clock, SystemClock},
};

/// Settings and surroundings, before anything is opened.
#[derive(Debug)]
pub(super) struct Setup {
    pub(super) config: Config,
    pub(super) environment: Environment,
    /// The embedded Stripe: its rules are built in, and it has a data folder of its own.
    pub(super) demo: bool,
    /// Where the demo's key comes from; others are looked for.
    pub(super) key: Option<keys::Found>,
    /// The demo's account, known without asking.
    pub(super) account: Option<Pin>,
}

/// Everything that is open.
pub(super) struct Connected {
    pub(super) client: Client,
    pub(super) transport: Arc<Overheard>,
    pub(super) gate: Arc<Gate>,
    pub(super) account: Option<Record<Account>>,
    /// Why nothing may be changed with this key, or at all.
    unsure: Option<String>,
    pub(super) mode: Mode,
    pub(super) clock: Arc<dyn Clock>,
    /// The agent's.
    pub(super) zone: TimeZone,
    /// How customers are told.
    pub(super) languages: Languages,
}

impl Connected {
    /// Why nothing may be changed, whatever the rules say.
    pub(super) fn unsure(&self) -> Option<&str> {
        self.unsure.as_deref()
    }
}

/// A transport that remembers the last failure, for whoever has to tell why something was stopped.
pub(super) struct Overheard {
    inner: Arc<dyn Transport>,
    last: Mutex<Option<Failure>>,
}

impl Overheard {
    fn new(inner: Arc<dyn Transport>) -> Self {
        Self { inner, last: Mutex::new(None) }
    }

    pub(super) fn forget(&self) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Of the last call that failed, if one did.
    pub(super) fn last_failure(&self) -> Option<Failure> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Transport for Overheard {
    fn attempt<'a>(&'a self, request: &'a Request, urgency: Urgency) -> Attempt<'a> {
        Box::pin(async move {
            let outcome = self.inner.attempt(request, urgency).await;
            if let Err(failure) = &outcome {
                *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure.clone());
            }
            outcome
        })
    }
}

impl Setup {
    /// The key in force, or what to do without one.
    pub(super) fn key(&self) -> Result<keys::Found, Failed> {
        match self.find_key()? {
            Some(found) => Ok(found),
            None => Err(Failed::Config(format!(
                "there is no key for profile {}: `paydesk login` keeps one, or set STRIPE_API_KEY; `paydesk demo` needs none",
                self.config.profile.value
            ))),
        }
    }

    pub(super) fn find_key(&self) -> Result<Option<keys::Found>, Failed> {
        if let Some(found) = &self.key {
            return Ok(Some(found.clone()));
        }
        let config = &self.config;
        Ok(keys::find(&self.environment, &config.data_dir.value, &config.profile.value, &keyring::System)?)
    }

    pub(super) fn zone(&self) -> TimeZone {
        TimeZone::get(&self.config.zone.value).unwrap_or(TimeZone::UTC)
    }

    /// The ledger alone: reading the trail needs neither key nor network.
    pub(super) fn ledger(&self) -> Result<SharedLedger, Failed> {
        Ok(Arc::new(Mutex::new(Ledger::open(self.data_dir()?)?)))
    }

    /// Made where it is not there, and nobody else's to read.
    pub(super) fn data_dir(&self) -> Result<&Path, Failed> {
        let folder = &self.config.data_dir.value;
        private_folder(folder)?;
        Ok(folder)
    }

    /// As [`Setup::ledger`], after what is older than the settings keep was removed (where that fails nothing is lost by it); or
    /// shut, where reading Stripe goes on without it, and why nothing is changed then.
    fn ledger_or_why_not(&self, policy: &Policy) -> Result<(SharedLedger, Option<String>), Failed> {
        let closed = match Ledger::open(self.data_dir()?) {
            Ok(mut ledger) => {
                // Rules that did not load may count further back than is known here.
                if policy.why_closed().is_none() {
                    let days = self.config.ledger_days.value.max(policy::days_before(policy));
                    let _removed = ledger.retire(days, SystemClock.now());
                }
                return Ok((Arc::new(Mutex::new(ledger)), None));
            }
            Err(error) => Closed::after(error.clone()).ok_or(error)?,
        };
        let why = closed.why();
        Ok((Arc::new(Mutex::new(closed)), Some(why)))
    }

    /// As it is now: closed where the file does not load.
    pub(super) fn policy(&self, live: bool) -> Policy {
        if self.demo { Policy::builtin() } else { self.rules().load(live) }
    }

    pub(super) fn rules(&self) -> RulesFile {
        let policy = &self.config.policy;
        RulesFile {
            path: policy.value.clone(),
            named: !matches!(policy.source, Source::Default | Source::System),
        }
    }

    /// What the gate asks before each decision. Looking at a file's time blocks for next to nothing.
    fn policy_source(&self, live: bool) -> PolicySource {
        let (rules, demo) = (self.rules(), self.demo);
        let seen = Mutex::new(Seen::now(rules.path.clone()));
        Arc::new(move || {
            let changed = !demo && seen.lock().unwrap_or_else(PoisonError::into_inner).has_changed();
            changed.then(|| rules.load(live))
        })
    }

    fn client(&self, found: &keys::Found) -> Result<Client, Failed> {
        let config = &self.config;
        let mut settings = Settings::new(config.api_base.value.clone(), found.secret.clone());
        settings.account.clone_from(&config.account.value);
        settings.ca_file.clone_from(&config.ca_file.value);
        settings.deadlines = config.deadlines;
        settings.share_percent = config.rate_share_percent.value;
        if self.demo {
            // The stand-in on this machine serves nobody else.
            settings.per_second = 0;
        }
        Ok(Client::new(settings, Arc::new(SystemClock))?)
    }

    /// Opens everything, and holds the profile to its account and mode.
    pub(super) async fn connect(&self) -> Result<Connected, Failed> {
        let found = self.key()?;
        let client = self.client(&found)?;
        let connected = self.open(&found, client, None).await?;
        if let Some(why) = &connected.unsure {
            note(why).map_err(|error| Failed::Defect(error.to_string()))?;
        }
        Ok(connected)
    }

    /// As [`Setup::connect`], but a profile that was used before waits for no answer: the desk draws at once, and the gate
    /// asks whose the key is before its first change. Connections are opened while the rest is made ready.
    pub(super) async fn connect_at_once(&self) -> Result<Connected, Failed> {
        let config = &self.config;
        let found = self.key()?;
        let client = self.client(&found)?;
        Wire::warm(&client);
        let mode = found.key.mode();
        let known = pin::known(&config.data_dir.value, &config.profile.value);
        let remembered = known.filter(|pin| pin.mode == mode && pin.account.is_some());
        self.open(&found, client, self.account.clone().or(remembered)).await
    }

    /// Whose the key is, asked before anything is kept or bound.
    pub(super) async fn told_by(&self, found: &keys::Found) -> Result<Told, Failed> {
        let client = self.client(found)?;
        let owner = self.owner(&client, found.key.mode() == KeyMode::Live).await?;
        let zone = owner.account.as_ref().and_then(|account| account.zone()).map(str::to_owned);
        Ok(Told { id: owner.id, zone, unsure: owner.unsure })
    }

    /// A key that is kept for longer than the policy wants.
    pub(super) fn old_key(&self) -> Option<String> {
        let found = self.find_key().ok().flatten()?;
        let days = found.age_days(SystemClock.now())?;
        let most = self
            .policy(found.key.mode() == KeyMode::Live)
            .effective(&self.config.agent.value)
            .number(Rule::KeysMaxAge)?;
        (days > i64::from(most)).then(|| {
            format!("this key was taken in {days} days ago, and keys.max_age_days is {most}: `paydesk login --rotate` takes a new one")
        })
    }

    async fn open(
        &self,
        found: &keys::Found,
        client: Client,
        remembered: Option<Pin>,
    ) -> Result<Connected, Failed> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let languages = languages::load(&self.config.language.value, self.config.replies.value.as_deref())?;
        let mut inner: Arc<dyn Transport> = Arc::new(client.clone());
        if let Some(path) = &self.config.log.value {
            inner = Arc::new(Logged::append(path, inner, Arc::clone(&clock))?);
        }
        let transport = Arc::new(Overheard::new(inner));
        let live = found.key.mode() == KeyMode::Live;
        let to_check = remembered.is_some();
        let Owner { id, account, unsure } =
            if to_check { Owner::default() } else { self.owner(&*transport, live).await? };
        let rules = self.policy(live);
        let (ledger, shut) = self.ledger_or_why_not(&rules)?;
        let unsure = shut.or(unsure);
        let pin = remembered.unwrap_or_else(|| Pin {
            account: id,
            mode: found.key.mode(),
            zone: account.as_ref().and_then(|account| account.zone()).map(str::to_owned),
        });
        let held = pin::hold(&self.config.data_dir.value, &self.config.profile.value, &pin)?;
        let zone = held.zone.as_deref();
        let identity = Identity {
            agent: self.config.agent.value.clone(),
            profile: self.config.profile.value.clone(),
            account: held.account.unwrap_or_default(),
            live,
            zone: zone.and_then(|zone| TimeZone::get(zone).ok()).unwrap_or_else(|| self.zone()),
            read_only: self.read_only().or_else(|| unsure.clone()),
        };
        let source = self.policy_source(live);
        let policy: SharedPolicy = Arc::new(RwLock::new(rules));
        let over: Arc<dyn Transport> = Arc::clone(&transport) as Arc<dyn Transport>;
        let gate = Gate::new(over, ledger, policy, Arc::clone(&clock), identity).with_policy_source(source);
        let gate = Arc::new(if to_check { gate.with_account_to_check() } else { gate });
        let mode = match (self.demo, live) {
            (true, _) => Mode::Demo,
            (false, true) => Mode::Live,
            (false, false) => Mode::Sandbox,
        };
        let zone = self.zone();
        Ok(Connected { client, transport, gate, account, unsure, mode, clock, zone, languages })
    }

    async fn owner(&self, transport: &dyn Transport, live: bool) -> Result<Owner, Failed> {
        owner(transport, live).await.map_err(|failed| match failed {
            Failed::Stripe(error) => match error.unreached_account() {
                Some(account) => Failed::Config(format!(
                    "this key does not reach the account {account}, which {} names: name an account that is connected to \
                     the key's own, or none to work in that one",
                    self.config.account.source
                )),
                None => Failed::Stripe(error),
            },
            other => other,
        })
    }

    fn read_only(&self) -> Option<String> {
        let config = &self.config;
        config.read_only.value.then(|| format!("read-only by {}", config.read_only.source))
    }

    /// What the desk shows of all this.
    pub(super) fn session(&self, connected: &Connected) -> Session {
        let undo_ms = self.config.undo_seconds.value.saturating_mul(1_000);
        let poll_ms = self.config.live_seconds.value.saturating_mul(1_000);
        Session {
            mode: connected.mode,
            account: connected.account.clone(),
            bound_to: connected.gate.identity().account.clone(),
            agent: self.config.agent.value.clone(),
            profile: self.config.profile.value.clone(),
            read_only: connected.gate.identity().read_only.clone(),
            zone: self.zone(),
            day_zone: connected.gate.identity().zone.clone(),
            undo_ms: i64::try_from(undo_ms).unwrap_or(i64::MAX),
            poll_ms: i64::try_from(poll_ms).unwrap_or(i64::MAX),
            settings: self.config.in_force.clone(),
            languages: connected.languages.clone(),
            tips: if self.demo { demo::tips() } else { Vec::new() },
            profiles: profiles::of(self),
        }
    }
}

/// Where the rules are, and whether somebody said so.
#[derive(Clone, Debug)]
pub(super) struct RulesFile {
    path: PathBuf,
    named: bool,
}

impl RulesFile {
    pub(super) fn is_named(&self) -> bool {
        self.named
    }

    /// The file's rules, or rules that allow nothing and say why. A file that somebody named must be there.
    pub(super) fn load(&self, live: bool) -> Policy {
        let Self { path, named } = self;
        match std::fs::read_to_string(path) {
            Ok(text) => Policy::parse(&text, path).unwrap_or_else(|error| Policy::broken(&error)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !named => {
                Policy::without_file(live)
            }
            Err(error) => Policy::closed(&format!("{} cannot be read: {error}", path.display())),
        }
    }
}

/// What a new key tells of itself.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) id: Option<String>,
    pub(super) zone: Option<String>,
    /// Why nothing may rest on it.
    pub(super) unsure: Option<String>,
}

/// What is known of the account that the key reaches.
#[derive(Default)]
struct Owner {
    id: Option<String>,
    account: Option<Record<Account>>,
    /// Why nothing may be changed, where it is not known.
    unsure: Option<String>,
}

/// A live key is never used without the answer of a server that knows what an account is; a stand-in for Stripe may have
/// none to tell of.
async fn owner(transport: &dyn Transport, live: bool) -> Result<Owner, Failed> {
    match stripe::whose(transport, Priority::Waiting).await {
        Ok(Whose::Account(account)) => {
            Ok(Owner { id: Some(account.id.to_string()), account: Some(*account), unsure: None })
        }
        Ok(Whose::Named(id)) => Ok(Owner { id: Some(id), ..Owner::default() }),
        Ok(Whose::Untold(why)) => Ok(Owner { unsure: Some(why), ..Owner::default() }),
        Err(Failure::Unreadable { status: 404, .. }) if !live => Ok(Owner::default()),
        Err(failure) => Err(failure.into()),
    }
}
