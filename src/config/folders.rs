//! Where settings and data live, and that nobody else on the machine can read the data.

use std::path::{Path, PathBuf};

use super::error::ConfigError;

/// The system's own places: `~/.config/paydesk/config.toml`, `~/.local/share/paydesk` and their like elsewhere.
pub(super) fn default_config_file() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "paydesk").map(|dirs| dirs.config_dir().join("config.toml"))
}

pub(super) fn default_data_dir() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "paydesk").map(|dirs| dirs.data_local_dir().to_owned())
}

/// Makes the folder, for its owner only, and refuses one that others can read: the ledger names customers' charges.
pub fn private_folder(path: &Path) -> Result<(), ConfigError> {
    let failed = |error: std::io::Error| {
        ConfigError::file(path, format!("the folder cannot be made: {error}; choose another"))
    };
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(failed)?;
    only_for_owner(path)
}

/// The names in a folder; none where it cannot be read.
pub(super) fn names_in(folder: &Path) -> impl Iterator<Item = String> + use<> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok())
}

/// Refuses a file or folder that anybody but its owner can open.
#[cfg(unix)]
pub fn only_for_owner(path: &Path) -> Result<(), ConfigError> {
    use std::os::unix::fs::PermissionsExt as _;
    let about = std::fs::metadata(path).map_err(|error| ConfigError::file(path, error.to_string()))?;
    let mode = about.permissions().mode() & 0o777;
    // Six bits from the right are those of group and others.
    if mode.trailing_zeros() >= 6 {
        return Ok(());
    }
    Err(ConfigError::Wider { path: path.to_owned(), mode, folder: about.is_dir() })
}

/// Elsewhere the profile folder of the user is private already.
#[cfg(not(unix))]
pub fn only_for_owner(path: &Path) -> Result<(), ConfigError> {
    std::fs::metadata(path).map(|_| ()).map_err(|error| ConfigError::file(path, error.to_string()))
}

/// Writes a file for its owner only, whole or not at all: the old one stays until the new one is complete.
pub fn write_private(path: &Path, text: &str) -> Result<(), ConfigError> {
    use std::io::Write as _;
    let failed = |error: std::io::Error| ConfigError::file(path, format!("it cannot be written: {error}"));
    let beside = path.with_extension(format!("new-{}", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options
        .open(&beside)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::rename(&beside, path));
    written.map_err(|error| {
        // What is left of the new file says nothing to anybody.
        let _gone = std::fs::remove_file(&beside);
        failed(error)
    })
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_new_folder_and_a_new_file_are_private() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("a/b");
        private_folder(&folder).unwrap();
        let file = folder.join("x");
        write_private(&file, "one").unwrap();
        write_private(&file, "two").unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "two");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
        only_for_owner(&file).unwrap();
        only_for_owner(&folder).unwrap();
    }

    #[test]
    fn a_wider_one_is_refused_with_the_command_that_helps() {
        let home = tempfile::tempdir().unwrap();
        std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let error = private_folder(home.path()).unwrap_err().to_string();
        assert!(error.contains("mode 755") && error.contains("`chmod 700 "), "{error}");
        let file = home.path().join("key");
        std::fs::write(&file, "x").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(only_for_owner(&file).unwrap_err().to_string().contains("`chmod 600 "));
    }
}
