//! In which language a customer is told: in the first of their own that there are texts for, else in the usual one.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{Locale, Texts, Voice};
use crate::{actions::Moment, model::Customer};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Languages {
    /// Of customers who named none.
    usual: Locale,
    /// A team's own, over those that are built in.
    own: BTreeMap<Locale, Arc<Texts>>,
}

impl Languages {
    pub fn new(usual: Locale) -> Self {
        Self { usual, own: BTreeMap::new() }
    }

    pub fn put(&mut self, texts: Texts) {
        self.own.insert(texts.locale, Arc::new(texts));
    }

    /// How this customer is told; one who is not known, as usual.
    pub fn voice(&self, customer: Option<&Customer>, moment: Moment) -> Voice {
        let mut named = customer.into_iter().flat_map(|customer| &customer.preferred_locales);
        let locale = named.find_map(|tag| Locale::parse(tag.as_str())).unwrap_or(self.usual);
        let texts = self.own.get(&locale).unwrap_or_else(|| Texts::builtin(locale));
        Voice { texts: Arc::clone(texts), moment }
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use serde_json::json;

    use super::*;
    use crate::{answers::reply::Reply, time::Unix};

    fn told(languages: &Languages, locales: &[&str]) -> String {
        let customer: Customer =
            serde_json::from_value(json!({"id": "cus_1", "preferred_locales": locales})).unwrap();
        let moment = Moment { now: Unix(1_795_435_200), zone: TimeZone::UTC };
        let reply =
            Reply::new("invoice_void", [("number", "A-1".to_owned())]).with("date", Unix(1_795_348_800));
        reply.text(&languages.voice(Some(&customer), moment)).unwrap()
    }

    #[test]
    fn a_customer_is_told_in_their_own_language() {
        let usual = Languages::default();
        assert_eq!(told(&usual, &[]), "Invoice A-1 of 22 Nov was cancelled. Nothing is to be paid.");
        assert_eq!(
            told(&usual, &["pt-BR", "de-AT"]),
            "Die Rechnung A-1 vom 22. November wurde storniert. Es ist nichts zu zahlen."
        );
        assert_eq!(told(&usual, &["pt-BR"]), told(&usual, &[]));
        assert!(
            told(&Languages::new(Locale::Es), &[])
                .starts_with("La factura A-1 del 22 de noviembre se anuló.")
        );
        assert!(told(&usual, &["fr"]).starts_with("La facture A-1 du 22 novembre a été annulée."));
    }

    #[test]
    fn a_teams_own_text_is_told_in_its_language_alone() {
        let mut languages = Languages::default();
        languages.put(Texts::own("invoice_void = \"{number}: erledigt.\"", Locale::De).unwrap());
        assert_eq!(told(&languages, &["de"]), "A-1: erledigt.");
        assert!(told(&languages, &[]).starts_with("Invoice A-1"));
    }
}
