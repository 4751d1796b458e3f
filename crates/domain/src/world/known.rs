//! What ids in a rule or a policy are held against.

use super::World;
use crate::condition::{Field, Known};
use crate::ids::*;

impl Known for World {
    fn channel(&self, id: ChannelId) -> bool {
        self.channels.contains_key(&id)
    }
    fn brand(&self, id: BrandId) -> bool {
        self.brands.contains_key(&id)
    }
    fn team(&self, id: TeamId) -> bool {
        self.roster.team(id).is_some()
    }
    fn user(&self, id: UserId) -> bool {
        self.users.contains_key(&id)
    }
    fn campaign(&self, id: CampaignId) -> bool {
        self.campaigns.get(id).is_some()
    }
    fn hours(&self, id: HoursId) -> bool {
        self.calendars.get(id).is_some()
    }
    fn segment(&self, id: SegmentId) -> bool {
        self.segments.get(id).is_some()
    }
    fn refuses(&self, field: &Field) -> Option<String> {
        match field {
            Field::Attribute(key) if self.definitions.is_personal(key) => {
                Some(format!("{field} is personal: it is sealed, and no condition can ask about it"))
            }
            _ => None,
        }
    }
}
