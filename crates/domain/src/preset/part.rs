//! One part of a preset: what it is called, and how it is made out of the parts before it.

use std::collections::BTreeMap;

use crate::access::{Action, Walls};
use crate::automation::rule::AutomationRule;
use crate::campaign::Campaign;
use crate::condition::{Condition, Field, Operator, Test};
use crate::ids::*;
use crate::knowledge::write::Draft as Article;
use crate::queue::QueueId;
use crate::rejection::Rejection;
use crate::replies::canned::CannedReply;
use crate::replies::macros::Macro;
use crate::segment::Segment;
use crate::template::draft::Draft as Template;

/// See the module.
#[derive(Debug)]
pub struct Part {
    /// Its name in the preset, for good: a part is found again by it.
    pub key: &'static str,
    pub kind: Kind,
    /// What it says.
    pub(super) says: fn(&Around<'_>) -> Result<Thing, Rejection>,
}

/// What a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Team,
    AutomationRule,
    Article,
    CannedReply,
    Macro,
    Template,
    Segment,
    Campaign,
}

impl Kind {
    /// The word in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Team => "team",
            Self::AutomationRule => "automation_rule",
            Self::Article => "article",
            Self::CannedReply => "canned_reply",
            Self::Macro => "macro",
            Self::Template => "template",
            Self::Segment => "segment",
            Self::Campaign => "campaign",
        }
    }

    /// What making one by hand takes: a preset is no way around it.
    pub const fn action(self) -> Action {
        match self {
            Self::Team => Action::TeamManage,
            Self::AutomationRule => Action::AutomationManage,
            Self::Article => Action::KnowledgeManage,
            Self::CannedReply | Self::Macro => Action::CannedReplyManage,
            Self::Template => Action::TemplateManage,
            Self::Segment => Action::SegmentManage,
            Self::Campaign => Action::CampaignManage,
        }
    }
}

/// What a part says when it is made.
pub(super) enum Thing {
    Team(&'static str, Walls),
    AutomationRule(AutomationRule),
    Article(Article),
    CannedReply(CannedReply),
    Macro(Macro),
    Template(Template),
    Segment(Segment),
    Campaign(Box<Campaign>),
}

/// Where a part is made: for which brand and number, after which parts.
pub(super) struct Around<'a> {
    pub(super) brand_id: BrandId,
    pub(super) channel_id: ChannelId,
    pub(super) parts: &'a BTreeMap<String, String>,
}

impl Around<'_> {
    /// The id of a part before it.
    pub(super) fn part<I: std::str::FromStr>(&self, key: &str) -> Result<I, Rejection> {
        self.parts.get(key).and_then(|id| id.parse().ok()).ok_or(Rejection::NotFound)
    }
    /// The queue of a team before it.
    pub(super) fn queue(&self, team: &str) -> Result<QueueId, Rejection> {
        self.part(team).map(QueueId::Team)
    }
    /// The brand's common queue.
    pub(super) fn common(&self) -> QueueId {
        QueueId::Common(self.brand_id)
    }
}

/// A test of a field against one value.
pub(super) fn test(field: Field, op: Operator, value: serde_json::Value) -> Condition {
    Condition::Test(Test { field, op, value })
}
