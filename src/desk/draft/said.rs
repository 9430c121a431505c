//! How a form speaks of its fields.

use super::Draft;

impl Draft {
    /// What is said of fields by their names, in the words of the form.
    pub fn in_words(&self, said: &str) -> String {
        self.definition().map_or_else(|| said.to_owned(), |action| action.on_form(said))
    }

    /// There is no such change without this field.
    pub fn requires(&self, name: &str) -> bool {
        self.definition().and_then(|action| action.field(name)).is_some_and(|field| field.required)
    }
}
