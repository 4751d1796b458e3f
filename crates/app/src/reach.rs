//! How far somebody's walls reach beyond single conversations: brands, numbers, templates, colleagues, teams, quarantined
//! items, events. One predicate for each, asked by every list, look-up and export, so that no surface sees further than
//! another.

use std::borrow::Cow;
use std::collections::BTreeSet;

use domain::access::{Action, Decision, Placement, Principal, Role, Standing, Team, authorize, authorize_at};
use domain::audit::concerns_user;
use domain::event::billing::{BillingChanged, RateCardReplaced};
use domain::event::{Payload, StreamId};
use domain::ids::*;
use domain::queue::QueueId;
use event_log::StoredEvent;
use projections::Views;
use projections::directory::{Channel, TemplateEntry};
use projections::quarantine::QuarantineItem;

use crate::codec::decode;

/// Whether they work above teams, as Admins do.
fn above_teams(viewer: &Principal) -> bool {
    authorize(viewer, Action::ConversationRead, Standing::OtherTeam) == Decision::Allow
}

/// Everything of the workspace that belongs to no brand is for those who work for all.
pub fn whole_workspace(viewer: &Principal) -> bool {
    viewer.rights().brands().is_none()
}

/// Whether they see a number.
pub fn sees_channel(viewer: &Principal, channel: &Channel) -> bool {
    viewer.rights().in_brand(channel.brand_id)
}

/// Whether they see a template: one of an account that a number of theirs belongs to.
pub fn sees_template(views: &Views, viewer: &Principal, entry: &TemplateEntry) -> bool {
    let mut numbers = views.directory.channels.of_waba(&entry.template.waba_id);
    whole_workspace(viewer) || numbers.any(|channel| sees_channel(viewer, channel))
}

/// Whether they see a quarantined item. What names no number of theirs may be anybody's.
pub fn sees_quarantined(views: &Views, viewer: &Principal, item: &QuarantineItem) -> bool {
    let channel = item.channel_id.and_then(|id| views.directory.channels.get(id));
    whole_workspace(viewer) || channel.is_some_and(|channel| sees_channel(viewer, channel))
}

/// Whether they see a team's name: conversations can be handed to any team of the brand.
pub fn sees_team(viewer: &Principal, team: &Team) -> bool {
    let may = authorize(viewer, Action::TeamRead, Standing::Workspace) == Decision::Allow;
    may && team.brand_id.is_none_or(|brand| viewer.rights().in_brand(brand))
}

/// Whether they see a queue: of their brands those they work on, and whoever works above teams all. Operators have no queue:
/// they see what is assigned to them.
pub fn sees_queue(views: &Views, viewer: &Principal, id: QueueId) -> bool {
    let rights = viewer.rights();
    let (exists, brand) = match id {
        QueueId::Team(team) => {
            let team = views.roster.team(team);
            (team.is_some(), team.and_then(|team| team.brand_id))
        }
        QueueId::Common(brand) => (views.directory.brands.get(brand).is_some(), Some(brand)),
    };
    exists && brand.is_none_or(|brand| rights.in_brand(brand)) && works_on(viewer, id)
}

/// Whether they work on a queue, or above it, where their brands allow it.
pub(crate) fn works_on(viewer: &Principal, id: QueueId) -> bool {
    let works = || match id {
        QueueId::Team(team) => viewer.rights().works_in(team),
        QueueId::Common(_) => true,
    };
    above_teams(viewer) || (viewer.role != Role::Operator && works())
}

/// Whether they see something that was set up for a brand (`None`: for the whole workspace).
pub fn sees_configured(viewer: &Principal, brand: Option<BrandId>) -> bool {
    brand.is_none_or(|brand| viewer.rights().in_brand(brand))
}

/// Whether they see who is in it: of their own teams and those with open walls, and whoever works above teams of all.
pub fn sees_members(viewer: &Principal, team: &Team) -> bool {
    sees_team(viewer, team) && (above_teams(viewer) || viewer.rights().works_in(team.id))
}

/// Whether they see a colleague. Those above teams see everybody who works for a brand of theirs; Agents see their teams
/// and those in no team, which the common queue makes their colleagues; Operators those who have had a hand in what is
/// assigned to them.
pub fn sees_user(views: &Views, viewer: &Principal, id: UserId) -> bool {
    if id == viewer.user_id {
        return true;
    }
    let Some(member) = views.roster.member(id) else { return false };
    let rights = viewer.rights();
    let shared_brand = match (rights.brands(), &member.brands) {
        (None, _) | (_, None) => true,
        (Some(mine), Some(theirs)) => !mine.is_disjoint(theirs),
    };
    if !shared_brand {
        return false;
    }
    match viewer.role {
        _ if above_teams(viewer) => true,
        Role::Operator => views.inbox.works_with(viewer.user_id, id),
        Role::SuperAdmin | Role::Admin | Role::Agent => {
            // Who has an account has the teams beside it; only those of closed ones are looked for.
            let known = views.roster.principal(id).map(|principal| principal.rights().teams());
            let looked = || views.roster.teams_of(id).map(|team| team.id).collect();
            let teams = known.map_or_else(|| Cow::Owned(looked()), Cow::Borrowed);
            teams.is_empty() || teams.iter().any(|team| rights.works_in(*team))
        }
    }
}

/// Which numbers they see; `None`: none of the company's. Those above teams see what lies in their brands. Whoever leads teams
/// sees theirs. A custom role that gives company numbers gives those within its walls.
pub(crate) fn sees_numbers(views: &Views, viewer: &Principal) -> Option<NumbersReach> {
    let rights = viewer.rights();
    let may = |action| authorize(viewer, action, Standing::Workspace) == Decision::Allow;
    let brands = rights.brands().cloned();
    if may(Action::AnalyticsRead) {
        return Some(match viewer.role {
            _ if above_teams(viewer) => NumbersReach { brands, teams: None, agent: None },
            Role::Operator => NumbersReach { brands, teams: None, agent: Some(viewer.user_id) },
            Role::SuperAdmin | Role::Admin | Role::Agent => {
                // What lies in no team is every Agent's of the brand.
                let teams = rights.works_in_teams().map(Some).chain([None]).collect();
                NumbersReach { brands, teams: Some(teams), agent: None }
            }
        });
    }
    let leads = |team: &&Team| team.members.get(&viewer.user_id) == Some(&true) && rights.teams().contains(&team.id);
    let led: BTreeSet<_> = views.roster.teams_of(viewer.user_id).filter(leads).map(|team| Some(team.id)).collect();
    let sees = may(Action::AnalyticsReadTeam) && !led.is_empty();
    sees.then_some(NumbersReach { brands, teams: Some(led), agent: None })
}

/// How far somebody's numbers reach; `None`: to all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NumbersReach {
    pub brands: Option<BTreeSet<BrandId>>,
    /// `None` in it: what lies in no team.
    pub teams: Option<BTreeSet<Option<TeamId>>>,
    /// Only their own.
    pub agent: Option<UserId>,
}

/// What they may do to a contact: as much as the nearest of its conversations allows, those of contacts merged with it
/// included. One without a conversation lies in its brand's common queue.
pub fn contact_decision(views: &Views, viewer: &Principal, id: ContactId, action: Action) -> Decision {
    let Some(contact) = views.directory.contacts.get(id) else { return Decision::Hide };
    let group = views.directory.contacts.group(id);
    let mut rows = group.iter().flat_map(|contact| views.inbox.of_contact(*contact)).peekable();
    if rows.peek().is_none() {
        return authorize_contact(viewer, action, &common(contact.brand_id));
    }
    let decisions = rows.map(|row| authorize_contact(viewer, action, &views.inbox.placement(&row, viewer.user_id)));
    decisions.max().unwrap_or(Decision::Hide)
}

/// A contact is read through a conversation that can be read.
pub(crate) fn authorize_contact(viewer: &Principal, action: Action, place: &Placement) -> Decision {
    match authorize_at(viewer, Action::ContactRead, place) {
        Decision::Allow => authorize_at(viewer, action, place),
        Decision::Forbid | Decision::Hide => Decision::Hide,
    }
}

/// The place of what lies in a brand's common queue.
pub(crate) fn common(brand_id: BrandId) -> Placement {
    Placement { brand_id, team_id: None, assignee_id: None, collaborator: false }
}

/// Whether they may read this event: nothing of a kind that is not theirs, nothing behind a wall of theirs, nothing about a
/// Super Admin's account unless they manage Admins.
pub(crate) fn sees_event(views: &Views, viewer: &Principal, stored: &StoredEvent) -> bool {
    let Ok(stream) = stored.stream.parse() else { return false };
    sees_kind(viewer, &stored.kind)
        && sees_stream(views, viewer, stream)
        && (authorize(viewer, Action::AdminManage, Standing::Workspace) == Decision::Allow
            || of_lower_accounts(views, viewer, stream, stored))
}

/// Whether an event is about nobody's account, the viewer's own, or that of somebody who is no Super Admin.
fn of_lower_accounts(views: &Views, viewer: &Principal, stream: StreamId, stored: &StoredEvent) -> bool {
    let lower = |user| user == viewer.user_id || !is_highest(views, user);
    match stream {
        StreamId::User(user) => lower(user),
        // These streams say only in their events whom they are about.
        StreamId::Audit | StreamId::ApiKey(_) => decode(stored)
            .is_ok_and(|recorded| recorded.actor.user().into_iter().chain(concerns_user(&recorded)).all(lower)),
        _ => true,
    }
}

/// Whether somebody is a Super Admin, what concerns whose account only they are told who manage Admins.
pub(crate) fn is_highest(views: &Views, user: UserId) -> bool {
    views.roster.member(user).is_some_and(|member| member.role == Role::SuperAdmin)
}

/// Whether they may read an event of this stream. Those who work for some brands read what lies in them, and nothing of
/// the workspace, its people and what nobody could place.
pub(crate) fn sees_stream(views: &Views, viewer: &Principal, stream: StreamId) -> bool {
    if authorize(viewer, Action::EventRead, Standing::Workspace) != Decision::Allow {
        return false;
    }
    if whole_workspace(viewer) {
        return true;
    }
    let rights = viewer.rights();
    let brand = match stream {
        StreamId::Brand(id) => Some(id),
        StreamId::Channel(id) => views.directory.channels.get(id).map(|channel| channel.brand_id),
        StreamId::Contact(id) => views.directory.contacts.get(id).map(|contact| contact.brand_id),
        StreamId::Conversation(id) => views.inbox.get(id).map(|row| row.brand_id()),
        StreamId::Team(id) => views.roster.any_team(id).and_then(|team| team.brand_id),
        StreamId::Workspace | StreamId::Audit | StreamId::User(_) | StreamId::Role(_) => None,
        StreamId::Invite(_) | StreamId::ApiKey(_) => None,
        // Uploads belong to who made them until they are sent, and then to the conversation's own copy.
        StreamId::Media(_) | StreamId::Quarantine(_) => None,
        StreamId::Queue(QueueId::Common(brand)) => Some(brand),
        StreamId::Queue(QueueId::Team(id)) => views.roster.any_team(id).and_then(|team| team.brand_id),
        // What is set up for the whole workspace is everybody's to read.
        StreamId::BusinessHours(id) => {
            return views.calendars.brand_of(id).is_some_and(|brand| sees_configured(viewer, brand));
        }
        StreamId::RoutingRule(id) => {
            return views.rules.brand_of(id).is_some_and(|brand| sees_configured(viewer, brand));
        }
        StreamId::SlaPolicy(id) => {
            let policy = views.sla_policies.newest(id);
            return policy.is_some_and(|policy| sees_configured(viewer, policy.brand_id));
        }
        // Its conversations may lie in any brand; who asked for it reads it as a job.
        StreamId::BulkJob(_) => None,
        // Nor does a file of numbers; whoever it is for finds it among theirs.
        StreamId::ReportExport(_) | StreamId::ScheduledReport(_) => None,
        // Nor what is thought of somebody's work.
        StreamId::CoachingNote(_) => None,
        StreamId::CsatSurvey(brand) => Some(brand),
        StreamId::AutomationRule(id) => {
            return views.automation.brand_of(id).is_some_and(|brand| sees_configured(viewer, brand));
        }
        StreamId::Campaign(id) => views.campaigns.brand_of(id),
        StreamId::CannedReply(id) => {
            let scope = views.canned_replies.scope_of(id);
            return scope.is_some_and(|scope| domain::replies::scope::sees(&views.roster, viewer, scope));
        }
        StreamId::Segment(id) => {
            return views.segments.brand_of(id).is_some_and(|brand| sees_configured(viewer, brand));
        }
        StreamId::Macro(id) => {
            let scope = views.macros.scope_of(id);
            return scope.is_some_and(|scope| domain::replies::scope::sees(&views.roster, viewer, scope));
        }
        StreamId::Article(id) => {
            return views.knowledge.articles.brand_of(id).is_some_and(|brand| sees_configured(viewer, brand));
        }
        StreamId::ContactImport(id) => views.imports.brand_of(id),
    };
    brand.is_some_and(|brand| rights.in_brand(brand))
}

/// Whether they may read events of this kind at all, wherever they stand. What the workspace pays lies in its own stream,
/// beside what Admins do read.
fn sees_kind(viewer: &Principal, kind: &str) -> bool {
    let bills = [BillingChanged::KIND, RateCardReplaced::KIND];
    !bills.contains(&kind) || authorize(viewer, Action::BillingRead, Standing::Workspace) == Decision::Allow
}
