//! The system's keyring: the Secret Service on Linux, the Keychain on macOS. What is not there, or locked, is said in words; a
//! file for the owner alone takes its place.

use secrecy::SecretString;

/// Where a secret can be kept under a name. Words of an error never hold the secret.
pub trait Keyring {
    /// `None`: it holds nothing under that name.
    fn get(&self, name: &str) -> Result<Option<SecretString>, String>;
    fn set(&self, name: &str, secret: &SecretString) -> Result<(), String>;
    /// What was not there is forgotten too.
    fn forget(&self, name: &str) -> Result<(), String>;
}

/// The one that the user is logged in to. Asked only for a key that it is known to hold, or to keep a new one: it may want to
/// be unlocked first.
#[derive(Clone, Copy, Debug)]
pub struct System;

/// What the keyring's own window calls us.
#[cfg(any(target_os = "linux", target_os = "macos"))]
const SERVICE: &str = "paydesk";

#[cfg(target_os = "linux")]
mod system {
    use std::collections::HashMap;

    use dbus_secret_service::{EncryptionType, Error, Item, SecretService};
    use secrecy::{ExposeSecret as _, SecretString};

    use super::{Keyring, SERVICE, System};

    /// How long its window waits for a password.
    const UNLOCK_S: u64 = 120;

    /// The session bus reaches nobody but this user's own programs: a second layer of encryption would hide nothing from them.
    fn open() -> Result<SecretService, String> {
        SecretService::connect_with_max_prompt_timeout(EncryptionType::Plain, UNLOCK_S).map_err(said)
    }

    fn said(error: Error) -> String {
        crate::text::clean(&match error {
            Error::Dbus(error) => error.message().unwrap_or("the session bus does not answer").to_owned(),
            other => other.to_string(),
        })
    }

    fn attributes(name: &str) -> HashMap<&str, &str> {
        HashMap::from([("service", SERVICE), ("username", name)])
    }

    /// Unlocked, if it is there.
    fn item<'a>(service: &'a SecretService, name: &str) -> Result<Option<Item<'a>>, String> {
        let found = service.search_items(attributes(name)).map_err(said)?;
        if let Some(item) = found.unlocked.into_iter().next() {
            return Ok(Some(item));
        }
        let Some(item) = found.locked.into_iter().next() else { return Ok(None) };
        item.unlock().map_err(said)?;
        Ok(Some(item))
    }

    impl Keyring for System {
        fn get(&self, name: &str) -> Result<Option<SecretString>, String> {
            let service = open()?;
            let Some(item) = item(&service, name)? else { return Ok(None) };
            match String::from_utf8(item.get_secret().map_err(said)?) {
                Ok(secret) => Ok(Some(SecretString::from(secret))),
                Err(_not_text) => Err("what it holds is no text".to_owned()),
            }
        }

        fn set(&self, name: &str, secret: &SecretString) -> Result<(), String> {
            let service = open()?;
            let collection = service.get_default_collection().map_err(said)?;
            if collection.is_locked().map_err(said)? {
                collection.unlock().map_err(said)?;
            }
            let label = format!("{SERVICE}: {name}");
            let bytes = secret.expose_secret().as_bytes();
            collection
                .create_item(&label, attributes(name), bytes, true, "text/plain")
                .map_err(said)
                .map(drop)
        }

        fn forget(&self, name: &str) -> Result<(), String> {
            let service = open()?;
            item(&service, name)?.map_or(Ok(()), |item| item.delete().map_err(said))
        }
    }
}

#[cfg(target_os = "macos")]
mod system {
    use secrecy::{ExposeSecret as _, SecretString};
    use security_framework::{
        base::Error,
        passwords::{delete_generic_password, get_generic_password, set_generic_password},
    };

    use super::{Keyring, SERVICE, System};

    /// `errSecItemNotFound`
    const NOT_THERE: i32 = -25_300;

    impl Keyring for System {
        fn get(&self, name: &str) -> Result<Option<SecretString>, String> {
            match get_generic_password(SERVICE, name) {
                Ok(bytes) => match String::from_utf8(bytes) {
                    Ok(secret) => Ok(Some(SecretString::from(secret))),
                    Err(_not_text) => Err("what it holds is no text".to_owned()),
                },
                Err(error) if error.code() == NOT_THERE => Ok(None),
                Err(error) => Err(error.to_string()),
            }
        }

        fn set(&self, name: &str, secret: &SecretString) -> Result<(), String> {
            set_generic_password(SERVICE, name, secret.expose_secret().as_bytes())
                .map_err(|error: Error| error.to_string())
        }

        fn forget(&self, name: &str) -> Result<(), String> {
            match delete_generic_password(SERVICE, name) {
                Err(error) if error.code() != NOT_THERE => Err(error.to_string()),
                _ => Ok(()),
            }
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
mod system {
    use secrecy::SecretString;

    use super::{Keyring, System};

    impl Keyring for System {
        fn get(&self, _name: &str) -> Result<Option<SecretString>, String> {
            Err("paydesk knows no keyring on this system".to_owned())
        }

        fn set(&self, name: &str, _secret: &SecretString) -> Result<(), String> {
            self.get(name).map(drop)
        }

        fn forget(&self, name: &str) -> Result<(), String> {
            self.get(name).map(drop)
        }
    }
}

/// One in memory, or none at all.
#[cfg(test)]
#[derive(Debug, Default)]
pub(super) struct Fake {
    pub(super) held: std::cell::RefCell<std::collections::BTreeMap<String, String>>,
    pub(super) broken: std::cell::Cell<bool>,
}

#[cfg(test)]
impl Fake {
    fn open(&self) -> Result<(), String> {
        if self.broken.get() { Err("no bus".to_owned()) } else { Ok(()) }
    }
}

#[cfg(test)]
impl Keyring for Fake {
    fn get(&self, name: &str) -> Result<Option<SecretString>, String> {
        self.open()?;
        Ok(self.held.borrow().get(name).map(|secret| SecretString::from(secret.clone())))
    }

    fn set(&self, name: &str, secret: &SecretString) -> Result<(), String> {
        self.open()?;
        self.held
            .borrow_mut()
            .insert(name.to_owned(), secrecy::ExposeSecret::expose_secret(secret).to_owned());
        Ok(())
    }

    fn forget(&self, name: &str) -> Result<(), String> {
        self.open()?;
        self.held.borrow_mut().remove(name);
        Ok(())
    }
}
