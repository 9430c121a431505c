//! The promise that a further action is one literal: the one that tests have more stands on every page that is made from the
//! catalogue, with its summary and its parameters.

#[cfg(test)]
mod tests {
    use super::super::{actions, complete, man, run};
    use crate::{
        actions::{Action, find},
        pages,
    };

    fn another() -> &'static Action {
        find("delete_invoice_item").unwrap()
    }

    #[test]
    fn it_stands_on_every_page() {
        let action = another();
        let all = pages::actions();
        assert!(all.contains("| [delete_invoice_item](#delete_invoice_item) |"), "{all}");
        let own = all.split("\n## ").find(|part| part.starts_with("delete_invoice_item\n")).unwrap();
        for part in [
            action.summary,
            "`DELETE /v1/invoiceitems/{id}`",
            "permission `invoice_item:write`",
            "policy gate `invoices_write`",
            "key `x` on an invoice item",
            "| `invoice_item` | **required**, invoice item id |",
            "paydesk run delete_invoice_item invoice_item=",
        ] {
            assert!(own.contains(part), "{part}: {own}");
        }
        let keys = pages::keys();
        assert!(keys.contains(&format!("| `x` | invoice item | {} |", action.summary)), "{keys}");
        // Every role has it, among what it needs a permission for or among what its rules leave out.
        let permissions = pages::permissions();
        for role in permissions.split("\n## ").skip(1) {
            assert!(role.contains("[delete_invoice_item](ACTIONS.md#delete_invoice_item)"), "{role}");
        }
    }

    #[test]
    fn it_stands_wherever_the_command_line_lists_actions() {
        let action = another();
        let manual = man::man().unwrap().result.to_string();
        assert!(manual.contains("delete_invoice_item") && manual.contains(action.summary), "{manual}");
        let listed = actions::actions().result;
        let listed = listed.as_array().unwrap().iter().find(|one| one["name"] == action.name).unwrap();
        assert_eq!((&listed["path"], &listed["key"]), (&"/v1/invoiceitems/{id}".into(), &"x".into()));
        assert_eq!(listed["parameters"][0]["name"], "invoice_item");
        for line in ["paydesk run delete_inv", "paydesk run delete_invoice_item inv"] {
            let found = complete::completed(line);
            let wanted = if line.ends_with(" inv") { "invoice_item=" } else { action.name };
            assert_eq!(found, [wanted], "{line}");
        }
        let help = run::help(&run::Args { action: None, ..asked() }).unwrap().unwrap().result.to_string();
        assert!(help.contains(action.name), "{help}");
        let own = run::help(&asked()).unwrap().unwrap().result;
        assert_eq!(own["summary"], action.summary);
    }

    /// `paydesk run delete_invoice_item --help`
    fn asked() -> run::Args {
        run::Args { action: Some(another().name.to_owned()), help: true, ..run::Args::default() }
    }
}
