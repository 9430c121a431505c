//! The key with which a person signs what they approve as the second one: theirs alone, in their own data folder.

use std::path::{Path, PathBuf};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{
    error::ConfigError,
    folders::{only_for_owner, private_folder, write_private},
};
use crate::gate::Signer;

fn file(data_dir: &Path) -> PathBuf {
    data_dir.join("approver.key")
}

/// `None`: there is none yet. One that others can read is refused, as they could sign with it.
pub fn find(data_dir: &Path) -> Result<Option<Signer>, ConfigError> {
    let path = file(data_dir);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(ConfigError::file(&path, error.to_string())),
    };
    only_for_owner(&path)?;
    let signer = STANDARD.decode(text.trim()).ok().and_then(|bytes| Signer::read(&bytes));
    let damaged = || {
        let says = "it is no signing key, or a damaged one: move it aside, and `paydesk approve --make-key` makes another";
        ConfigError::file(&path, says)
    };
    signer.map(Some).ok_or_else(damaged)
}

/// Makes one where there is none; whether it is new comes along.
pub fn make(data_dir: &Path) -> Result<(Signer, bool), ConfigError> {
    if let Some(signer) = find(data_dir)? {
        return Ok((signer, false));
    }
    let path = file(data_dir);
    private_folder(data_dir)?;
    let bytes = Signer::generate();
    let bytes = bytes.ok_or_else(|| ConfigError::file(&path, "this system gives no random numbers"))?;
    write_private(&path, &format!("{}\n", STANDARD.encode(&bytes)))?;
    let made = find(data_dir)?;
    made.map(|signer| (signer, true)).ok_or_else(|| ConfigError::file(&path, "it was not kept"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_made_once_and_read_again() {
        let home = tempfile::tempdir().unwrap();
        let data = home.path().join("data");
        assert!(find(&data).unwrap().is_none());
        let (made, new) = make(&data).unwrap();
        let (again, newer) = make(&data).unwrap();
        assert_eq!((new, newer, made.public()), (true, false, again.public()));
        assert!(made.public().to_string().starts_with("ed25519:"));
        let kept = std::fs::read_to_string(file(&data)).unwrap();
        assert!(!format!("{made:?}").contains(kept.trim()));
    }

    #[cfg(unix)]
    #[test]
    fn it_is_for_its_owner_alone_and_a_damaged_one_is_not_made_anew() {
        use std::os::unix::fs::PermissionsExt as _;
        let home = tempfile::tempdir().unwrap();
        let data = home.path().join("data");
        make(&data).unwrap();
        let mode = std::fs::metadata(file(&data)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::set_permissions(file(&data), std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(find(&data).unwrap_err().to_string().contains("chmod 600"));
        std::fs::set_permissions(file(&data), std::fs::Permissions::from_mode(0o600)).unwrap();
        std::fs::write(file(&data), "nonsense").unwrap();
        assert!(make(&data).unwrap_err().to_string().contains("move it aside"));
        assert_eq!(std::fs::read_to_string(file(&data)).unwrap(), "nonsense");
    }
}
