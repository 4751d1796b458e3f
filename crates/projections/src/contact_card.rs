//! A customer with names and identities, folded from the contact's stream with the personal parts opened. After an
//! erasure the same fold gives the same shape with nothing in it.

use std::collections::BTreeMap;

use domain::contact::attributes::{self, Attributes};
use domain::contact::tags::Tags;
use domain::event::contact::{Attested, BlindIdentity, ConsentSource, ContactProfile};
use domain::event::{Actor, Event, Recorded};
use domain::identity::{BlindKey, IdentityKind};
use domain::ids::*;
use domain::inbound::Identity;
use domain::time::Timestamp;

use crate::directory::Consent;

/// A customer as agents see them.
#[derive(Debug, Clone, PartialEq)]
pub struct ContactCard {
    pub id: ContactId,
    pub brand_id: BrandId,
    pub created_at: Timestamp,
    /// Given by an agent.
    pub given_name: Option<String>,
    /// From the phone's address book.
    pub address_book_name: Option<String>,
    /// What the customer calls themself.
    pub profile_name: Option<String>,
    pub username: Option<String>,
    /// In the order they became known, retired ones too.
    pub identities: Vec<KnownIdentity>,
    pub blocked: bool,
    pub blocked_reason: Option<String>,
    pub consents: BTreeMap<String, Consent>,
    /// Labels that rules may ask about.
    pub attributes: Attributes,
    /// Attributes that are defined as personal; none of them can be asked about by rules.
    pub personal: Attributes,
    pub tags: Tags,
    pub external_id: Option<String>,
    /// Everything that was said about consent, oldest first.
    pub consent_history: Vec<Said>,
    /// Contacts that this one stands for, with the merge that can be undone.
    pub merged: BTreeMap<ContactId, MergeId>,
    /// The contact that stands for this one, where its own stream says so.
    pub merged_into: Option<ContactId>,
    /// When the customer's security code last changed.
    pub identity_key_changed_at: Option<Timestamp>,
    pub erasure_started_at: Option<Timestamp>,
    pub erased_at: Option<Timestamp>,
    pub version: u64,
}

/// One word about consent.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    pub category: String,
    pub granted: bool,
    pub at: Timestamp,
    pub noted_at: Timestamp,
    /// `None`: from before it was written down.
    pub source: Option<ConsentSource>,
    pub by: Actor,
    /// `None`: none was given, or it is erased.
    pub evidence: Option<String>,
    pub pos: u64,
}

/// One identity with what is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownIdentity {
    pub kind: IdentityKind,
    /// Tells it from others without its value.
    pub exact: BlindKey,
    /// `None`: erased, or not opened.
    pub value: Option<String>,
    pub attested_by: Attested,
    pub since: Timestamp,
    /// It no longer finds the contact.
    pub retired_at: Option<Timestamp>,
}

impl ContactCard {
    /// Folds a whole stream; `None` where it does not begin with the creation.
    pub fn fold<'a>(events: impl IntoIterator<Item = &'a Recorded>) -> Option<Self> {
        let mut events = events.into_iter();
        let first = events.next()?;
        let Event::ContactCreated(created) = &first.event else { return None };
        let mut card = Self {
            id: created.contact_id,
            brand_id: created.brand_id,
            created_at: first.occurred_at,
            given_name: None,
            address_book_name: None,
            profile_name: None,
            username: None,
            identities: Vec::new(),
            blocked: false,
            blocked_reason: None,
            consents: BTreeMap::new(),
            attributes: Attributes::new(),
            personal: Attributes::new(),
            tags: Tags::new(),
            external_id: None,
            consent_history: Vec::new(),
            merged: BTreeMap::new(),
            merged_into: None,
            identity_key_changed_at: None,
            erasure_started_at: None,
            erased_at: None,
            version: first.version,
        };
        card.learn(created.private.as_ref(), first.actor);
        card.link(&created.identities, created.private.as_ref(), Attested::Provider, first.occurred_at);
        events.for_each(|recorded| card.apply(recorded));
        Some(card)
    }

    /// Applies the next event of the stream.
    pub fn apply(&mut self, recorded: &Recorded) {
        self.version = recorded.version;
        let at = recorded.occurred_at;
        match &recorded.event {
            Event::ContactIdentityLinked(event) => {
                self.learn(event.private.as_ref(), recorded.actor);
                self.link(&event.identities, event.private.as_ref(), event.attested_by, at);
            }
            Event::ContactIdentityRetired(event) => {
                let retired = self.identities.iter_mut().find(|known| known.is(&event.identity));
                if let Some(identity) = retired {
                    identity.retired_at = Some(at);
                }
            }
            Event::ContactProfileObserved(event) => self.learn(event.private.as_ref(), recorded.actor),
            Event::ContactEdited(event) => self.learn(event.private.as_ref(), recorded.actor),
            Event::ContactBlocked(event) => {
                self.blocked = true;
                self.blocked_reason = event.private.as_ref().map(|why| why.reason.clone());
            }
            Event::ContactUnblocked(_) => {
                self.blocked = false;
                self.blocked_reason = None;
            }
            Event::ContactMerged(event) if event.contact_id == self.id => {
                self.merged.insert(event.loser_id, event.merge_id);
            }
            Event::ContactMerged(event) => self.merged_into = Some(event.contact_id),
            Event::ContactMergeUndone(event) if event.contact_id == self.id => {
                self.merged.remove(&event.loser_id);
            }
            Event::ContactMergeUndone(_) => self.merged_into = None,
            Event::ContactConsentChanged(event) => {
                self.consent_history.push(Said {
                    category: event.category.clone(),
                    granted: event.granted,
                    at: event.at,
                    noted_at: recorded.recorded_at,
                    source: event.source,
                    by: recorded.actor,
                    evidence: event.private.as_ref().map(|private| private.evidence.clone()),
                    pos: recorded.pos,
                });
                let consent = Consent { granted: event.granted, at: event.at };
                let known = self.consents.entry(event.category.clone()).or_insert(consent);
                if event.at >= known.at {
                    *known = consent;
                }
            }
            Event::ContactIdentityKeyChanged(event) => {
                self.identity_key_changed_at = self.identity_key_changed_at.max(Some(event.at));
            }
            Event::ContactAttributesChanged(event) => {
                attributes::apply(&mut self.attributes, &event.attributes);
                // A key is one or the other: what is a label now is personal no more.
                let labelled = event.attributes.iter().filter(|(_, value)| value.is_some()).map(|(key, _)| key);
                for key in labelled.chain(event.sealed.keys()) {
                    self.personal.remove(key);
                }
                self.personal.extend(event.private.iter().flat_map(|private| private.attributes.clone()));
            }
            Event::ContactTagged(event) => {
                self.tags.insert(event.tag.clone());
            }
            Event::ContactUntagged(event) => {
                self.tags.remove(&event.tag);
            }
            Event::ContactExternalIdChanged(event) => {
                self.external_id = event.private.as_ref().map(|private| private.external_id.clone());
            }
            Event::ContactErasureStarted(_) => {
                self.erasure_started_at = Some(at);
                self.attributes.clear();
                self.personal.clear();
                self.tags.clear();
                self.external_id = None;
            }
            Event::ContactErased(_) => self.erased_at = Some(at),
            // Windows, suggested merges and annotations that wait for their message change nothing about the person.
            _ => {}
        }
    }

    /// What to call the customer: the name somebody gave them, else what they call themself, else how they are reached.
    /// `None` once they are erased.
    pub fn display_name(&self) -> Option<String> {
        [&self.given_name, &self.address_book_name, &self.profile_name]
            .into_iter()
            .find_map(Clone::clone)
            .or_else(|| self.username.as_ref().map(|username| format!("@{}", username.trim_start_matches('@'))))
            .or_else(|| self.formatted_identity())
    }

    /// The identities that still find the contact, most trusted kind first.
    pub fn active_identities(&self) -> Vec<&KnownIdentity> {
        let mut active: Vec<_> = self.identities.iter().filter(|known| known.retired_at.is_none()).collect();
        active.sort_by_key(|known| known.kind);
        active
    }

    /// The newest active value of a kind.
    pub fn identity(&self, kind: IdentityKind) -> Option<&str> {
        let mut newest = self.identities.iter().rev();
        newest.find(|known| known.kind == kind && known.retired_at.is_none()).and_then(|known| known.value.as_deref())
    }

    /// A number people can read, before ids they cannot.
    fn formatted_identity(&self) -> Option<String> {
        let number = self.identity(IdentityKind::Phone).or_else(|| self.identity(IdentityKind::WaId));
        number.map(|digits| format!("+{}", digits.trim_start_matches('+'))).or_else(|| {
            let id = self.identity(IdentityKind::Bsuid).or_else(|| self.identity(IdentityKind::Group));
            id.map(str::to_owned)
        })
    }

    fn learn(&mut self, profile: Option<&ContactProfile>, actor: Actor) {
        let Some(profile) = profile else { return };
        // An agent's word and the address book's come in the same field; who said it tells them apart.
        let name = if actor.user().is_some() { &mut self.given_name } else { &mut self.address_book_name };
        take(name, &profile.name);
        take(&mut self.profile_name, &profile.profile_name);
        take(&mut self.username, &profile.username);
    }

    fn link(
        &mut self,
        identities: &[BlindIdentity],
        profile: Option<&ContactProfile>,
        attested_by: Attested,
        at: Timestamp,
    ) {
        for (index, identity) in identities.iter().enumerate() {
            let value = profile.and_then(|profile| value_of(identity, index, profile));
            let known = self.identities.iter_mut().find(|known| known.is(identity));
            match known {
                Some(known) => {
                    known.retired_at = None;
                    known.value = value.or(known.value.take());
                }
                None => self.identities.push(KnownIdentity {
                    kind: identity.kind,
                    exact: identity.exact,
                    value,
                    attested_by,
                    since: at,
                    retired_at: None,
                }),
            }
        }
    }
}

impl KnownIdentity {
    fn is(&self, identity: &BlindIdentity) -> bool {
        self.kind == identity.kind && self.exact == identity.exact
    }
}

/// `Some("")` takes a name away; `None` leaves it.
fn take(field: &mut Option<String>, news: &Option<String>) {
    if let Some(name) = news {
        *field = Some(name.clone()).filter(|name| !name.trim().is_empty());
    }
}

/// The opened value of the blind identity at `index`: both lists are written in the same order.
fn value_of(identity: &BlindIdentity, index: usize, profile: &ContactProfile) -> Option<String> {
    let same_place = profile.identities.get(index).filter(|opened| opened.kind == identity.kind);
    let any_place = || profile.identities.iter().find(|opened| opened.kind == identity.kind);
    same_place.or_else(any_place).map(|opened: &Identity| opened.value.clone())
}
