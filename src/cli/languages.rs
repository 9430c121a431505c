//! The languages of replies: the usual one of the profile, and a team's own texts from its folder.

use std::path::Path;

use super::exit::Failed;
use crate::answers::reply::{Languages, Locale, Texts, Wrong};

/// Reads `de.toml`, `en.toml`, … of the folder; none where no folder is named. A file that does not read is named with its line.
pub(super) fn load(usual: &str, folder: Option<&Path>) -> Result<Languages, Failed> {
    let mut languages = Languages::new(Locale::parse(usual).unwrap_or_default());
    let Some(folder) = folder else { return Ok(languages) };
    let unread = |path: &Path, error: &std::io::Error| {
        Failed::Config(format!("the replies in {} cannot be read: {error}", path.display()))
    };
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .map_err(|error| unread(folder, &error))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    files.sort();
    for path in files {
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        let Some(locale) = Locale::parse(name).filter(|locale| locale.code() == name) else {
            let known: Vec<_> = Locale::ALL.iter().map(|locale| format!("{}.toml", locale.code())).collect();
            return Err(Failed::Config(format!(
                "{}: replies are told in no language of that name: {} are known",
                path.display(),
                known.join(", ")
            )));
        };
        let text = std::fs::read_to_string(&path).map_err(|error| unread(&path, &error))?;
        languages.put(Texts::own(&text, locale).map_err(|wrong| named(&path, &wrong))?);
    }
    Ok(languages)
}

fn named(path: &Path, wrong: &[Wrong]) -> Failed {
    let lines: Vec<_> =
        wrong.iter().map(|wrong| format!("{}:{}: {}", path.display(), wrong.line, wrong.says)).collect();
    Failed::Config(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_read_and_what_is_wrong_in_it_is_named_with_file_and_line() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(load("de", Some(folder.path())).unwrap(), Languages::new(Locale::De));
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("notes.txt", "x");
        write("de.toml", "invoice_void = \"Erledigt.\"\n");
        assert_ne!(load("de", Some(folder.path())).unwrap(), Languages::new(Locale::De));
        let why = || load("en", Some(folder.path())).unwrap_err().message();
        write("de.toml", "\ninvoice_void = \"{total}\"\n");
        assert!(why().contains("de.toml:2: invoice_void: {total} is not known here"), "{}", why());
        write("de.toml", "");
        write("pt.toml", "");
        assert!(
            why().contains("pt.toml") && why().contains("en.toml, de.toml, fr.toml, es.toml are known"),
            "{}",
            why()
        );
        assert!(load("en", Some(Path::new("/nowhere/at/all"))).is_err());
        assert!(load("en", None).is_ok());
    }
}
