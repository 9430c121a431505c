//! Who is the same person: records with one address, or with one card, are joined. Names become numbers, and the charges of one
//! person stand together.

use std::{borrow::Cow, ops::Range};

use crate::{
    answers::{
        Quick,
        names::{self, AT_ONCE, Names, Sought},
    },
    model::{Card, Charge, ChargeStatus, Customer, CustomerId},
    money::Currency,
    text::Untrusted,
    time::Unix,
};

/// A charge, by its place among all, what is compared of it, and the numbers of whatever says whose it is. The charges themselves lie
/// far apart: they are read once, in their own order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owned<'a> {
    pub(super) charge: &'a Charge,
    pub(super) place: u32,
    pub(super) at: Unix,
    pub(super) amount: i64,
    /// Minor units that were given back.
    pub(super) refunded: i64,
    pub(super) currency: Currency,
    pub(super) captured: bool,
    pub(super) disputed: bool,
    /// Everybody who is the same person has the same number.
    pub(super) person: u32,
    pub(super) customer_id: Option<&'a CustomerId>,
    pub(super) customer: Option<u32>,
    pub(super) card: Option<u32>,
}

/// Charges by whose they are.
#[derive(Debug)]
pub(super) struct Owners<'a> {
    /// In the order of the charges.
    owned: Vec<Owned<'a>>,
    /// Their places, those of one person together.
    order: Vec<u32>,
    /// Where in that order those of each person stand who has more than one.
    people: Vec<Range<usize>>,
    /// By the number of a customer.
    records: Vec<Option<Known<'a>>>,
}

/// A record with an address.
#[derive(Clone, Copy, Debug)]
struct Known<'a> {
    /// The number of the address.
    email: u32,
    customer: &'a Customer,
}

impl<'a> Owners<'a> {
    pub(super) fn of(charges: &[&'a Charge], customers: &[&'a Customer]) -> Self {
        let mut people = People::with_room(customers.len());
        let records = people.records(customers);
        let mut owned = people.owned(charges);
        for one in &mut owned {
            one.person = people.leads_to.root(one.person);
        }
        let (order, people) = by_person(&owned, people.leads_to.0.len());
        Self { owned, order, people, records }
    }

    pub(super) fn len(&self) -> usize {
        self.owned.len()
    }

    /// Where the charges of each person stand who has more than one.
    pub(super) fn people(&self) -> &[Range<usize>] {
        &self.people
    }

    pub(super) fn of_person(&self, person: &Range<usize>) -> impl Iterator<Item = &Owned<'a>> {
        let order = self.order.get(person.clone()).unwrap_or_default();
        order.iter().filter_map(|at| self.owned.get(place(*at)))
    }

    /// The number of a customer's address.
    pub(super) fn email(&self, customer: u32) -> Option<u32> {
        self.known(customer).map(|known| known.email)
    }

    /// What a customer with an address is called.
    pub(super) fn name(&self, customer: u32) -> Option<&'a str> {
        let name = self.known(customer)?.customer.name.as_ref().map(Untrusted::as_str);
        name.filter(|name| !name.is_empty())
    }

    fn known(&self, customer: u32) -> Option<&Known<'a>> {
        self.records.get(place(customer))?.as_ref()
    }
}

/// Of the numbers `0..numbers`, each with those whose it is.
fn by_person(owned: &[Owned<'_>], numbers: usize) -> (Vec<u32>, Vec<Range<usize>>) {
    let mut ends = vec![0_usize; numbers];
    for one in owned {
        if let Some(count) = ends.get_mut(place(one.person)) {
            *count = count.saturating_add(1);
        }
    }
    let (mut people, mut before) = (Vec::new(), 0_usize);
    for end in &mut ends {
        let next = before.saturating_add(*end);
        if next > before.saturating_add(1) {
            people.push(before..next);
        }
        // Where the first of theirs goes; it moves on with each.
        *end = before;
        before = next;
    }
    let mut order = vec![0_u32; owned.len()];
    for (at, one) in (0_u32..).zip(owned) {
        let Some(next) = ends.get_mut(place(one.person)) else { continue };
        if let Some(to) = order.get_mut(*next) {
            *to = at;
        }
        *next = next.saturating_add(1);
    }
    (order, people)
}

fn place(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// What is read of some charges before anything of them is looked up: one thing of all of them after another, so that what one
/// waits for is on its way while others are read.
#[derive(Default)]
struct Read<'a> {
    charges: Vec<Owned<'a>>,
    /// Their brand and last four digits, which others share, stand for a card without a fingerprint.
    cards: Vec<Option<&'a Card>>,
    texts: Vec<Option<&'a str>>,
    customers: names::Read<'a>,
    prints: names::Read<'a>,
}

/// A number for each name, and who is the same person.
struct People<'a> {
    customers: Names<'a, u32>,
    /// Cards by their fingerprints.
    prints: Names<'a, u32>,
    /// Cards by brand and last four digits.
    digits: Quick<(&'a str, &'a str), u32>,
    leads_to: Leads,
}

/// By its number: a name that stands for the same person, or itself.
#[derive(Default)]
struct Leads(Vec<u32>);

impl Leads {
    fn new_number(&mut self) -> u32 {
        let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        self.0.push(next);
        next
    }

    fn root(&mut self, mut at: u32) -> u32 {
        while let Some(up) = self.0.get(place(at)).copied().filter(|up| *up != at) {
            let above = self.0.get(place(up)).map_or(up, |above| *above);
            if let Some(lead) = self.0.get_mut(place(at)) {
                *lead = above;
            }
            at = above;
        }
        at
    }

    fn join(&mut self, one: u32, other: u32) {
        let (one, other) = (self.root(one), self.root(other));
        if let Some(lead) = self.0.get_mut(place(other)) {
            *lead = one;
        }
    }

    fn number<'a>(&mut self, names: &mut Names<'a, u32>, name: &Sought<'a>) -> u32 {
        let place = names.place(name, || self.new_number());
        names.at(place).copied().unwrap_or_default()
    }
}

impl<'a> People<'a> {
    fn with_room(customers: usize) -> Self {
        Self {
            customers: Names::with_room(customers),
            prints: Names::with_room(customers),
            digits: Quick::default(),
            leads_to: Leads::default(),
        }
    }

    /// Joins the records with one address; by the numbers of the customers.
    fn records(&mut self, customers: &[&'a Customer]) -> Vec<Option<Known<'a>>> {
        let known = customers.iter().filter_map(|customer| Some((*customer, address(customer)?)));
        let known: Vec<(&'a Customer, Cow<'_, str>)> = known.collect();
        let (mut emails, mut all) = (Names::with_room(known.len()), Vec::new());
        let (mut ids, mut found) = (Vec::with_capacity(AT_ONCE), Vec::with_capacity(AT_ONCE));
        let mut addresses = Vec::with_capacity(AT_ONCE);
        for part in known.chunks(AT_ONCE) {
            ids.clear();
            ids.extend(part.iter().map(|(customer, _)| Some(customer.id.as_str())));
            self.customers.read(&ids, &mut found);
            let theirs: Vec<_> = part.iter().map(|(_, email)| Some(email.as_ref())).collect();
            emails.read(&theirs, &mut addresses);
            let both = found.iter().flatten().zip(addresses.iter().flatten());
            for ((name, email), (customer, _)) in both.zip(part) {
                let name = self.leads_to.number(&mut self.customers, name);
                let email = self.leads_to.number(&mut emails, email);
                self.leads_to.join(name, email);
                all.resize(all.len().max(place(name).saturating_add(1)), None);
                if let Some(of) = all.get_mut(place(name)) {
                    *of = Some(Known { email, customer });
                }
            }
        }
        all
    }

    /// The charges that went through, each with its numbers, in the order in which they came.
    fn owned(&mut self, charges: &[&'a Charge]) -> Vec<Owned<'a>> {
        let mut owned = Vec::with_capacity(charges.len());
        let mut read = Read::default();
        let mut from = 0_u32;
        for part in charges.chunks(AT_ONCE) {
            let placed = (from..).zip(part.iter().copied());
            self.read(placed, &mut read);
            owned.extend((0..read.charges.len()).filter_map(|at| self.number(&read, at)));
            from = from.saturating_add(u32::try_from(part.len()).unwrap_or(u32::MAX));
        }
        owned
    }

    fn read(&self, charges: impl Iterator<Item = (u32, &'a Charge)>, read: &mut Read<'a>) {
        let Read { charges: kept, cards, texts, customers, prints } = read;
        kept.clear();
        let went_through = charges.filter(|(_, charge)| charge.status == ChargeStatus::Succeeded);
        kept.extend(went_through.map(|(place, charge)| Owned {
            charge,
            place,
            at: charge.created,
            amount: charge.amount,
            refunded: charge.amount_refunded,
            currency: charge.currency,
            captured: charge.captured,
            disputed: charge.disputed,
            person: 0,
            customer_id: charge.customer_id(),
            customer: None,
            card: None,
        }));
        texts.clear();
        texts.extend(kept.iter().map(|owned| owned.customer_id.map(CustomerId::as_str)));
        self.customers.read(texts, customers);
        cards.clear();
        cards.extend(kept.iter().map(|owned| owned.charge.card()));
        texts.clear();
        texts.extend(cards.iter().map(|card| {
            let print = card.and_then(|card| card.fingerprint.as_ref()).map(Untrusted::as_str);
            print.filter(|print| !print.is_empty())
        }));
        self.prints.read(texts, prints);
    }

    fn number(&mut self, read: &Read<'a>, at: usize) -> Option<Owned<'a>> {
        let known = read.charges.get(at)?;
        let leads_to = &mut self.leads_to;
        let customer = read.customers.get(at).and_then(Option::as_ref);
        let customer = customer.map(|name| leads_to.number(&mut self.customers, name));
        let print = read.prints.get(at).and_then(Option::as_ref);
        let print = print.map(|name| leads_to.number(&mut self.prints, name));
        let digits = || {
            let card = read.cards.get(at).copied().flatten()?;
            let name = (card.brand.as_ref().map_or("", Untrusted::as_str), card.last4.as_ref()?.as_str());
            Some(*self.digits.entry(name).or_insert_with(|| leads_to.new_number()))
        };
        let card = print.or_else(digits);
        let person = match (customer, print) {
            (Some(customer), Some(print)) => {
                self.leads_to.join(customer, print);
                customer
            }
            (Some(person), None) | (None, Some(person)) => person,
            (None, None) => self.leads_to.new_number(),
        };
        Some(Owned { person, customer, card, ..*known })
    }
}

/// As people compare addresses.
fn address(customer: &Customer) -> Option<Cow<'_, str>> {
    let email = customer.email.as_ref()?.as_str().trim();
    let lower = email.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    let email = if lower { Cow::Borrowed(email) } else { Cow::Owned(email.to_lowercase()) };
    (!email.is_empty()).then_some(email)
}
