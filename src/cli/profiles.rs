//! The profiles that the desk can be left for, without asking anybody: no key is read for it.

use super::wire::Setup;
use crate::{
    config::{
        KEY_VARIABLE,
        keys::{self, Secret},
        pin,
    },
    desk::state::{Mode, Profile},
    stripe,
};

pub(super) fn of(setup: &Setup) -> Vec<Profile> {
    // The demo has a data folder of its own, and no way out of it.
    if setup.demo {
        return Vec::new();
    }
    setup.config.profiles.iter().map(|name| profile(setup, name)).collect()
}

fn profile(setup: &Setup, name: &str) -> Profile {
    let data_dir = &setup.config.data_dir.value;
    let pin = pin::known(data_dir, name);
    let closed = if setup.environment.key().is_some() {
        Some(format!("{KEY_VARIABLE} holds for every profile: unset it to switch"))
    } else if keys::is_kept(Secret::Key, data_dir, name) {
        None
    } else {
        Some(format!("no key is kept for it: `paydesk login --profile {name}`"))
    };
    let mode = pin.as_ref().map(|pin| match pin.mode {
        stripe::Mode::Live => Mode::Live,
        stripe::Mode::Test => Mode::Sandbox,
    });
    Profile { name: name.to_owned(), account: pin.and_then(|pin| pin.account), mode, closed }
}
