//! Tests of keys: where they are found, where they are kept, which are refused.

use std::{fs, os::unix::fs::PermissionsExt as _};

use super::{super::keyring::Fake, *};

const KEY: &str = "rk_test_0123456789abcdefghij";

fn home_with_key(text: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    private_folder(&home.path().join("keys")).unwrap();
    write_private(&Secret::Key.file(home.path(), "work"), text).unwrap();
    home
}

fn look(environment: &Environment, home: &Path) -> Result<Option<String>, String> {
    find(environment, home, "work", &Fake::default())
        .map(|found| found.map(|found| found.source))
        .map_err(|error| error.to_string())
}

#[test]
fn the_environment_wins_over_the_file() {
    let home = home_with_key(&format!("{KEY}\n"));
    let with = Environment::of(&[(KEY_VARIABLE, KEY)]);
    assert_eq!(look(&with, home.path()), Ok(Some("STRIPE_API_KEY".into())));
    let file = look(&Environment::default(), home.path()).unwrap().unwrap();
    assert!(file.ends_with("keys/work"), "{file}");
}

#[test]
fn no_key_is_no_error() {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(look(&Environment::default(), home.path()), Ok(None));
}

#[test]
fn a_file_that_others_can_read_is_refused() {
    let home = home_with_key(KEY);
    fs::set_permissions(Secret::Key.file(home.path(), "work"), fs::Permissions::from_mode(0o644)).unwrap();
    assert!(look(&Environment::default(), home.path()).unwrap_err().contains("chmod 600"));
    fs::set_permissions(home.path().join("keys"), fs::Permissions::from_mode(0o750)).unwrap();
    assert!(look(&Environment::default(), home.path()).unwrap_err().contains("chmod 700"));
}

#[test]
fn a_wrong_key_is_told_without_showing_it() {
    let with = Environment::of(&[(KEY_VARIABLE, "pk_live_0123456789abcdefghij")]);
    let error = look(&with, Path::new("/nowhere")).unwrap_err();
    assert!(error.starts_with("STRIPE_API_KEY: ") && error.contains("publishable"), "{error}");
    assert!(!error.contains("0123456789"), "{error}");
}

const OTHER: &str = "rk_test_zyxwvutsrqponmlkjihg";
const SINCE_S: Unix = Unix(1_790_000_000);

fn masked(found: Result<Option<Found>, ConfigError>) -> Option<(String, String)> {
    found.unwrap().map(|found| (found.key.masked(), found.source))
}

#[test]
fn a_key_is_kept_in_the_keyring_and_nothing_of_it_in_the_file() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let keyring = Fake::default();
    let (place, why) =
        keep(Secret::Key, (&data, "work"), &SecretString::from(KEY), SINCE_S, Some(&keyring)).unwrap();
    assert_eq!((place, why), (Place::Keyring, None));
    let text = fs::read_to_string(Secret::Key.file(&data, "work")).unwrap();
    assert_eq!(text, "keyring\n# kept since 2026-09-21T14:13:20Z\n");
    let found = kept(&data, "work", &keyring).unwrap().unwrap();
    assert_eq!((found.key.masked().as_str(), found.since), ("rk_test_…ghij", Some(SINCE_S)));
    assert_eq!(found.age_days(SINCE_S.plus(3 * DAY_S + 5)), Some(3));
    // Another data folder's profile of that name has none.
    assert_eq!(keyring.get("work in /elsewhere").unwrap().map(|_| ()), None);
    assert_eq!(forget(Secret::Key, (&data, "work"), &keyring), Ok(Some(Place::Keyring)));
    assert!(keyring.held.borrow().is_empty() && !is_kept(Secret::Key, &data, "work"));
    assert_eq!(forget(Secret::Key, (&data, "work"), &keyring), Ok(None));
}

#[test]
fn without_a_keyring_a_private_file_takes_it_and_says_why() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let keyring = Fake::default();
    keyring.broken.set(true);
    let (place, why) =
        keep(Secret::Key, (&data, "work"), &SecretString::from(KEY), SINCE_S, Some(&keyring)).unwrap();
    assert_eq!((place, why.as_deref()), (Place::File(Secret::Key.file(&data, "work")), Some("no bus")));
    let mode = fs::metadata(Secret::Key.file(&data, "work")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let found = kept(&data, "work", &keyring).unwrap().unwrap();
    assert_eq!(found.since, Some(SINCE_S));
    // Rotated into a keyring that is there by now: the file no longer holds anything.
    keyring.broken.set(false);
    keep(Secret::Key, (&data, "work"), &SecretString::from(OTHER), SINCE_S, Some(&keyring)).unwrap();
    assert_eq!(
        masked(kept(&data, "work", &keyring)),
        Some(("rk_test_…jihg".into(), "the system's keyring".into()))
    );
    assert!(!fs::read_to_string(Secret::Key.file(&data, "work")).unwrap().contains("rk_test"));
}

#[test]
fn a_keyring_that_is_locked_or_empty_is_told_and_loses_nothing() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let keyring = Fake::default();
    keep(Secret::Key, (&data, "work"), &SecretString::from(KEY), SINCE_S, Some(&keyring)).unwrap();
    keyring.broken.set(true);
    let error = kept(&data, "work", &keyring).unwrap_err().to_string();
    assert!(error.contains("does not give it: no bus") && error.contains("STRIPE_API_KEY"), "{error}");
    assert!(
        forget(Secret::Key, (&data, "work"), &keyring)
            .unwrap_err()
            .to_string()
            .contains("nothing was forgotten")
    );
    assert!(is_kept(Secret::Key, &data, "work"));
    keyring.broken.set(false);
    keyring.held.borrow_mut().clear();
    assert!(kept(&data, "work", &keyring).unwrap_err().to_string().contains("no longer holds"));
}

#[test]
fn a_signing_secret_lies_beside_the_key_and_is_none() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let (keyring, secret) = (Fake::default(), SecretString::from("whsec_0123456789abcdef"));
    keep(Secret::Webhook, (&data, "work"), &secret, SINCE_S, Some(&keyring)).unwrap();
    assert_eq!(kept(&data, "work", &keyring).unwrap().map(|found| found.source), None, "it is no key");
    assert_eq!(names(&data).count(), 0, "and makes no profile");
    let (place, held) = kept_webhook(&data, "work", &keyring).unwrap().unwrap();
    assert_eq!((place.as_str(), held.expose_secret()), ("the system's keyring", secret.expose_secret()));
    keep(Secret::Key, (&data, "work"), &SecretString::from(KEY), SINCE_S, Some(&keyring)).unwrap();
    assert_eq!(keyring.held.borrow().len(), 2);
    forget(Secret::Webhook, (&data, "work"), &keyring).unwrap();
    assert!(is_kept(Secret::Key, &data, "work") && !is_kept(Secret::Webhook, &data, "work"));
}
