//! Who the customer is, and the account that they are a customer of.

use super::{
    billing::Discount,
    id::{AccountId, CustomerBalanceTransactionId, CustomerId, InvoiceId, PaymentMethodId},
    open::{Link, Metadata, object},
    payment::{Address, PaymentMethod},
};
use crate::{
    money::{Currency, Money},
    text::Untrusted,
    time::Unix,
};

object! {
    /// `customer`. A deleted one has only `id` and `deleted`.
    Customer {
        id: CustomerId,
        deleted: bool,
        name: Option<Untrusted>,
        email: Option<Untrusted>,
        phone: Option<Untrusted>,
        description: Option<Untrusted>,
        created: Unix,
        currency: Option<Currency>,
        /// Minor units of `currency`; negative is credit for the customer.
        balance: i64,
        delinquent: bool,
        address: Option<Address>,
        discount: Option<Discount>,
        invoice_settings: InvoiceSettings,
        livemode: bool,
        metadata: Metadata,
        /// Languages that they like to be told in, the first one most: `de`, `fr-CA`.
        preferred_locales: Vec<Untrusted>,
    }
}

object! {
    InvoiceSettings { default_payment_method: Option<Link<PaymentMethodId, PaymentMethod>> }
}

object! {
    /// `customer_balance_transaction`
    BalanceEntry {
        id: CustomerBalanceTransactionId,
        amount: i64,
        currency: Currency,
        created: Unix,
        #[serde(rename = "type")]
        kind: Untrusted,
        description: Option<Untrusted>,
        ending_balance: i64,
        invoice: Option<InvoiceId>,
        metadata: Metadata,
    }
}

object! {
    /// `account`: what `GET /v1/account` tells of the key's owner.
    Account {
        id: AccountId,
        country: Option<Untrusted>,
        default_currency: Currency,
        email: Option<Untrusted>,
        business_profile: BusinessProfile,
        settings: AccountSettings,
    }
}

object! { BusinessProfile { name: Option<Untrusted> } }
object! { AccountSettings { dashboard: DashboardSettings } }
object! { DashboardSettings { display_name: Option<Untrusted>, timezone: Option<Untrusted> } }

impl BalanceEntry {
    /// An amount without its sign, and the sign in a word: Stripe's minus is the customer's credit.
    pub fn amount_and_sign(&self, minor: i64) -> (Money, &'static str) {
        let word = match minor {
            ..0 => "credit",
            0 => "",
            1.. => "owed",
        };
        (Money::new(minor.saturating_abs(), self.currency), word)
    }
}

impl Customer {
    /// The name, or whatever else tells this customer from others.
    pub fn title(&self) -> &str {
        [&self.name, &self.email, &self.description]
            .into_iter()
            .flatten()
            .map(Untrusted::as_str)
            .find(|text| !text.trim().is_empty())
            .unwrap_or(self.id.as_str())
    }

    /// What is put against the next invoice: positive when the customer has credit.
    pub fn credit(&self) -> Option<Money> {
        let currency = self.currency.filter(|_| self.balance != 0)?;
        Money::new(self.balance, currency).checked_neg().ok()
    }
}

impl Account {
    pub fn name(&self) -> &str {
        [&self.settings.dashboard.display_name, &self.business_profile.name]
            .into_iter()
            .flatten()
            .map(Untrusted::as_str)
            .find(|text| !text.is_empty())
            .unwrap_or(self.id.as_str())
    }

    /// The zone in which the account's days begin.
    pub fn zone(&self) -> Option<&str> {
        self.settings.dashboard.timezone.as_ref().map(Untrusted::as_str)
    }
}
