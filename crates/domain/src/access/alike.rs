//! Rights that are alike, kept once. A person's are in the [`Roster`](super::Roster) and shared by all who act as them; a key's are
//! worked out whenever it is used, and those of a thousand connections would be a thousand times the same.

use std::sync::{Arc, Weak};

use super::Rights;

/// What is in use of them.
#[derive(Debug, Default)]
pub struct Alike(Vec<Weak<Rights>>);

impl Alike {
    /// The one that is equal, if there is one.
    pub(super) fn one(&mut self, rights: &Arc<Rights>) -> Arc<Rights> {
        if let Some(known) = self.0.iter().filter_map(Weak::upgrade).find(|known| known == rights) {
            return known;
        }
        self.0.retain(|known| known.strong_count() > 0);
        self.0.push(Arc::downgrade(rights));
        rights.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Role;

    #[test]
    fn equal_rights_are_one_and_others_are_not() {
        let of = |role| Arc::new(Rights::of_role(role, &Default::default()));
        let mut alike = Alike::default();
        let (agent, admin) = (alike.one(&of(Role::Agent)), alike.one(&of(Role::Admin)));
        assert_ne!(agent, admin);
        assert!(Arc::ptr_eq(&agent, &alike.one(&of(Role::Agent))));
        // Nobody has them any more, and nothing is kept.
        drop((agent, admin));
        alike.one(&of(Role::Operator));
        assert_eq!(alike.0.len(), 1);
    }
}
