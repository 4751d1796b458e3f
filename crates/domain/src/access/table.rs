//! The table: a row per action, a cell per role and standing. It is data, so that the API's catalogue, the printed matrix
//! and the tests read the very cells that decide.

use super::{Decision, Role, Standing};
use crate::settings::AgentSettings;

/// A cell: an answer, or what a setting makes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cell {
    Is(Decision),
    /// Allowed while agents see their teams' conversations, else refused.
    TeamVisible,
    /// Allowed while agents may end their teammates' conversations, else refused.
    TeamResolve,
}

/// What the action's objects are, and so which standings its row can meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReachKind {
    /// No single object, or one that lies in a brand or a team.
    Workspace,
    /// A conversation, or something that lies in one (messages, notes, files, the contact).
    Conversation,
}

/// One action's row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) kind: ReachKind,
    super_admin: Cell,
    admin: Cell,
    /// Own (also lists and creations), a team's, as a collaborator.
    agent: [Cell; 3],
    operator: [Cell; 3],
}

impl Row {
    /// The cell of a role and a standing. What lies in another team or brand is hidden from everybody whose role ends
    /// at that wall.
    pub(super) fn cell(&self, role: Role, standing: Standing) -> Cell {
        match (role, standing) {
            (Role::SuperAdmin, _) => self.super_admin,
            (Role::Admin, Standing::OtherBrand) => H,
            (Role::Admin, _) => self.admin,
            (Role::Agent | Role::Operator, Standing::OtherTeam | Standing::OtherBrand) => H,
            (Role::Agent, _) => self.agent[reach(standing)],
            (Role::Operator, _) => self.operator[reach(standing)],
        }
    }
}

/// Which of a row's three cells for those who work in teams.
fn reach(standing: Standing) -> usize {
    match standing {
        Standing::Workspace | Standing::Own => 0,
        Standing::Team => 1,
        Standing::Collaborator => 2,
        Standing::OtherTeam | Standing::OtherBrand => unreachable!("hidden before"),
    }
}

impl Cell {
    /// What the cell comes to under these settings.
    pub(super) fn settled(self, agents: &AgentSettings) -> Decision {
        let when = |on: bool| if on { Decision::Allow } else { Decision::Forbid };
        match self {
            Self::Is(decision) => decision,
            Self::TeamVisible => when(agents.see_team),
            Self::TeamResolve => when(agents.see_team && agents.resolve_team),
        }
    }

    fn letter(self) -> &'static str {
        match self {
            Self::Is(Decision::Allow) => "Y",
            Self::Is(Decision::Forbid) => "N",
            Self::Is(Decision::Hide) => "H",
            Self::TeamVisible => "S[Y]",
            Self::TeamResolve => "S[N]",
        }
    }
}

const Y: Cell = Cell::Is(Decision::Allow);
const N: Cell = Cell::Is(Decision::Forbid);
const H: Cell = Cell::Is(Decision::Hide);
const T: Cell = Cell::TeamVisible;
const R: Cell = Cell::TeamResolve;

/// Super Admin, Admin, Agent, Operator.
const fn desk(super_admin: Cell, admin: Cell, agent: Cell, operator: Cell) -> Row {
    Row { kind: ReachKind::Workspace, super_admin, admin, agent: [agent; 3], operator: [operator; 3] }
}

/// Super Admin, Admin; Agent on their own, on their team's and as a collaborator; Operator on their own and as a
/// collaborator. A team's conversations are hidden from Operators.
const fn conv(super_admin: Cell, admin: Cell, agent: [Cell; 3], [own, collaborator]: [Cell; 2]) -> Row {
    Row { kind: ReachKind::Conversation, super_admin, admin, agent, operator: [own, H, collaborator] }
}

macro_rules! actions {
    ($( $(#[$doc:meta])* $action:ident = $name:literal : $row:expr ;)*) => {
        /// What can be done.
        #[derive(borsh::BorshSerialize, borsh::BorshDeserialize)]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action { $( $(#[$doc])* $action ),* }

        impl Action {
            /// Every action, in the order of the table.
            pub const ALL: &'static [Action] = &[$(Action::$action),*];
            /// The permission's name in the API.
            pub const fn name(self) -> &'static str { match self { $(Action::$action => $name),* } }
            pub(super) const fn row(self) -> Row { match self { $(Action::$action => $row),* } }
            /// What its objects are.
            pub const fn kind(self) -> ReachKind { self.row().kind }
            /// What it is about, in a sentence or two.
            pub fn description(self) -> &'static str {
                match self { $(Action::$action => doc(&[$(stringify!($doc)),*])),* }
            }
        }
    };
}

/// The text of the one doc comment above a row. `stringify!` gives `doc = "…"`.
fn doc(attributes: &[&'static str]) -> &'static str {
    let text = attributes.first().copied().unwrap_or_default();
    text.trim_start_matches("doc").trim_start().trim_start_matches('=').trim().trim_matches('"').trim()
}

actions! {
    /// Needs no account.
    Public = "public": desk(Y, Y, Y, Y);
    /// Own account, sessions, password, notifications.
    OwnAccount = "account.own": desk(Y, Y, Y, Y);
    /// Lists and counts of conversations; each row is then read-checked by itself.
    ConversationList = "conversations.list": desk(Y, Y, Y, Y);
    /// Following live what one may read anyway.
    LiveRead = "live.read": desk(Y, Y, Y, Y);
    /// Reading a conversation with its messages, notes, files and history.
    ConversationRead = "conversations.read": conv(Y, Y, [Y, T, Y], [Y, Y]);
    /// Writing to the customer, in the window or by template.
    MessageSend = "messages.send": conv(Y, Y, [Y, T, N], [Y, N]);
    /// Adding, reacting to and pinning notes; changing one's own shortly after.
    NoteAdd = "notes.add": conv(Y, Y, [Y, T, Y], [Y, Y]);
    /// Taking a conversation nobody has.
    ConversationClaim = "conversations.claim": conv(Y, Y, [Y, T, N], [Y, N]);
    /// Giving a conversation to a colleague of its team.
    ConversationReassign = "conversations.reassign": conv(Y, Y, [Y, N, N], [N, N]);
    /// Giving a conversation to another team's queue.
    ConversationTransfer = "conversations.transfer": conv(Y, Y, [Y, N, N], [N, N]);
    /// Giving a conversation to a person of another team, which moves it there.
    ConversationMove = "conversations.move": conv(Y, Y, [N, N, N], [N, N]);
    /// Giving a conversation back to its queue.
    ConversationRelease = "conversations.release": conv(Y, Y, [Y, N, N], [Y, N]);
    /// Resolving, reopening, setting pending, snoozing.
    ConversationStatus = "conversations.status": conv(Y, Y, [Y, R, N], [Y, N]);
    /// Tags.
    ConversationTag = "conversations.tag": conv(Y, Y, [Y, T, N], [Y, N]);
    /// Priority.
    ConversationPriority = "conversations.priority": conv(Y, Y, [N, N, N], [N, N]);
    /// Stopping the clocks of what is promised in a conversation.
    PromisesPause = "conversations.pause_promises": conv(Y, Y, [N, N, N], [N, N]);
    /// Raising a conversation's priority and giving it to a queue that takes what is escalated.
    ConversationEscalate = "conversations.escalate": conv(Y, Y, [Y, N, N], [N, N]);
    /// Letting somebody from outside the team read and note in one conversation until it is resolved.
    CollaboratorManage = "conversations.collaborators": conv(Y, Y, [N, N, N], [N, N]);
    /// A contact's card; visible through at least one visible conversation.
    ContactRead = "contacts.read": conv(Y, Y, [Y, T, Y], [Y, Y]);
    /// A contact's name and numbers.
    ContactEdit = "contacts.edit": conv(Y, Y, [Y, T, N], [N, N]);
    /// Blocking and unblocking a contact.
    ContactBlock = "contacts.block": conv(Y, Y, [Y, N, N], [N, N]);
    /// Making two contacts one, both in scope.
    ContactMerge = "contacts.merge": conv(Y, Y, [N, N, N], [N, N]);
    /// Erasing a contact for good.
    ContactErase = "contacts.erase": conv(Y, N, [N, N, N], [N, N]);
    /// How satisfied customers were, and what they said to it.
    CsatRead = "csat.read": conv(Y, Y, [Y, T, Y], [Y, Y]);
    /// Whether and how customers are asked for their satisfaction.
    CsatManage = "csat.manage": desk(Y, Y, N, N);
    /// Uploading files to send.
    MediaUpload = "media.upload": desk(Y, Y, Y, Y);
    /// Message templates of the brands in reach.
    TemplateRead = "templates.read": desk(Y, Y, Y, Y);
    /// Fetching the templates anew from the provider.
    TemplateSync = "templates.sync": desk(Y, Y, N, N);
    /// The directory of people, as far as the asker's walls reach.
    UserList = "users.list": desk(Y, Y, Y, Y);
    /// Inviting, changing, closing accounts of Agents and Operators.
    UserManage = "users.manage": desk(Y, Y, N, N);
    /// The same for Admins and Super Admins.
    AdminManage = "users.manage_admins": desk(Y, N, N, N);
    /// Saying whether others take work.
    AvailabilityManage = "availability.manage": desk(Y, Y, N, N);
    /// Keys for programs: making one's own, looking after those of people one manages.
    ApiKeyManage = "api_keys.manage": desk(Y, Y, N, N);
    /// Teams one belongs to; those who manage see all in reach.
    TeamRead = "teams.read": desk(Y, Y, Y, N);
    /// Creating, changing, removing teams and their members.
    TeamManage = "teams.manage": desk(Y, Y, N, N);
    /// The roles and the permission catalogue.
    RoleRead = "roles.read": desk(Y, Y, Y, Y);
    /// Custom roles.
    RoleManage = "roles.manage": desk(Y, N, N, N);
    /// Why somebody can or cannot see a conversation.
    AccessExplain = "access.explain": desk(Y, Y, N, N);
    /// Numbers and brands in reach, without secrets.
    ChannelRead = "channels.read": desk(Y, Y, Y, Y);
    /// Numbers, brands, tokens, secrets.
    ChannelManage = "channels.manage": desk(Y, N, N, N);
    /// Webhook items nobody could place.
    QuarantineRead = "quarantine.read": desk(Y, Y, N, N);
    /// Trying quarantined items again, or dismissing them.
    QuarantineManage = "quarantine.manage": desk(Y, Y, N, N);
    /// The event log, as far as the asker's brands reach.
    EventRead = "events.read": desk(Y, Y, N, N);
    /// What is sealed in events: names, addresses, texts. Reading it is itself written down.
    EventOpen = "events.open": desk(Y, Y, N, N);
    /// Everything as it was at an earlier position, as far as it can be read now, and what has changed since.
    HistoryRead = "history.read": desk(Y, Y, N, N);
    /// Plan, seats, usage and what it costs.
    BillingRead = "billing.read": desk(Y, N, N, N);
    /// Plan, seats, the billing contact and rate cards.
    BillingManage = "billing.manage": desk(Y, N, N, N);
    /// The audit log: everything, or what concerns the own brands, or one's own actions.
    AuditRead = "audit.read": desk(Y, Y, Y, Y);
    /// Calendars of business hours.
    HoursRead = "business_hours.read": desk(Y, Y, Y, Y);
    /// Creating and changing calendars of business hours.
    HoursManage = "business_hours.manage": desk(Y, Y, N, N);
    /// What waits, how many and how long, in the queues one works on; Operators see their own.
    QueueRead = "queues.read": desk(Y, Y, Y, Y);
    /// Routing rules and the decisions made by them.
    RoutingRead = "routing.read": desk(Y, Y, N, N);
    /// How queues are worked, routing rules, what people take and can.
    RoutingManage = "routing.manage": desk(Y, Y, N, N);
    /// Policies of service levels and how well they were kept.
    SlaRead = "sla.read": desk(Y, Y, N, N);
    /// Creating and changing policies of service levels.
    SlaManage = "sla.manage": desk(Y, Y, N, N);
    /// Playing a range of the log with other rules, promises, queues and people.
    SimulationRun = "simulations.run": desk(Y, Y, N, N);
    /// What numbers mean, and one's own.
    MetricRead = "metrics.read": desk(Y, Y, Y, Y);
    /// Numbers of the brands in reach: dashboards, leaderboards and what they are made of.
    AnalyticsRead = "analytics.read": desk(Y, Y, N, N);
    /// Numbers at all: of the teams one leads, and with `analytics.read` of the brands in reach.
    AnalyticsReadTeam = "analytics.read_team": desk(Y, Y, Y, N);
    /// What was remarked on one's own work, where it is shared, and on that of people one looks after.
    CoachingRead = "coaching.read": desk(Y, Y, Y, Y);
    /// Remarking on the work of people one looks after: of those in teams one leads, or of everybody in one's brands.
    CoachingWrite = "coaching.write": desk(Y, Y, Y, N);
    /// Assigning, resolving and escalating many conversations at once, and taking that back.
    ConversationBulk = "conversations.bulk": desk(Y, Y, N, N);
    /// Reports as files, those that come again and again included.
    ReportManage = "reports.manage": desk(Y, Y, N, N);
    /// Rules of what is done by itself, and what they did.
    AutomationRead = "automation.read": desk(Y, Y, N, N);
    /// Creating, changing, ordering and trying those rules.
    AutomationManage = "automation.manage": desk(Y, Y, N, N);
    /// The knowledge base of the brands in reach.
    KnowledgeRead = "knowledge.read": desk(Y, Y, Y, Y);
    /// Writing down in a draft what was learnt, for others to approve.
    KnowledgeDraft = "knowledge.draft": desk(Y, Y, Y, N);
    /// Changing, approving, publishing and archiving articles.
    KnowledgeManage = "knowledge.manage": desk(Y, Y, N, N);
    /// Canned replies and macros: those for all, for one's brands and teams, and one's own.
    CannedReplyRead = "canned_replies.read": desk(Y, Y, Y, Y);
    /// Canned replies and macros for oneself.
    CannedReplyOwn = "canned_replies.own": desk(Y, Y, Y, Y);
    /// Canned replies and macros for teams, brands and all.
    CannedReplyManage = "canned_replies.manage": desk(Y, Y, N, N);
    /// Creating, submitting and removing message templates.
    TemplateManage = "templates.manage": desk(Y, Y, N, N);
    /// What may be noted of contacts, and segments of them, with their counts.
    SegmentRead = "segments.read": desk(Y, Y, N, N);
    /// Attribute definitions and segments.
    SegmentManage = "segments.manage": desk(Y, Y, N, N);
    /// Contacts from and to files.
    ContactTransfer = "contacts.transfer": desk(Y, Y, N, N);
    /// Campaigns, their recipients and results.
    CampaignRead = "campaigns.read": desk(Y, Y, N, N);
    /// Creating, trying, launching, pausing and cancelling campaigns.
    CampaignManage = "campaigns.manage": desk(Y, Y, N, N);
    /// Looking for words in what one may read.
    Search = "search": desk(Y, Y, Y, Y);
    /// Installing ready-made rules, queues, templates and articles.
    PresetInstall = "presets.install": desk(Y, Y, N, N);
    /// Workspace settings.
    SettingsManage = "settings.manage": desk(Y, N, N, N);
}

/// The table as text, a line per action: for documentation, and checked in so that a change of it is read.
pub fn printed() -> String {
    const COLUMNS: [(&str, Role, Standing); 12] = [
        ("SA", Role::SuperAdmin, Standing::Workspace),
        ("AD in", Role::Admin, Standing::Workspace),
        ("AD out", Role::Admin, Standing::OtherBrand),
        ("AG own", Role::Agent, Standing::Own),
        ("AG team", Role::Agent, Standing::Team),
        ("AG collab", Role::Agent, Standing::Collaborator),
        ("AG xteam", Role::Agent, Standing::OtherTeam),
        ("AG xbrand", Role::Agent, Standing::OtherBrand),
        ("OP own", Role::Operator, Standing::Own),
        ("OP collab", Role::Operator, Standing::Collaborator),
        ("OP xteam", Role::Operator, Standing::OtherTeam),
        ("OP xbrand", Role::Operator, Standing::OtherBrand),
    ];
    let mut text = format!("{:<28}", "permission");
    for (name, _, _) in COLUMNS {
        text.push_str(&format!(" {name:>9}"));
    }
    text.push('\n');
    for action in Action::ALL {
        text.push_str(&format!("{:<28}", action.name()));
        for (_, role, standing) in COLUMNS {
            text.push_str(&format!(" {:>9}", action.row().cell(role, standing).letter()));
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_have_unique_names_and_a_sentence() {
        let names: std::collections::BTreeSet<_> = Action::ALL.iter().map(|action| action.name()).collect();
        assert_eq!(names.len(), Action::ALL.len());
        for action in Action::ALL {
            let text = action.description();
            assert!(text.ends_with('.') && !text.contains("doc"), "{}: {text}", action.name());
        }
    }

    /// Nobody may do to a stranger's object what they may not do to their own, and no weaker role more than a stronger.
    #[test]
    fn rights_shrink_with_distance_and_with_the_role() {
        let agents = AgentSettings { see_team: true, resolve_team: true };
        for action in Action::ALL {
            let row = action.row();
            let of = |role, standing| row.cell(role, standing).settled(&agents);
            for role in [Role::Agent, Role::Operator] {
                let order = [Standing::Own, Standing::Team, Standing::OtherTeam, Standing::OtherBrand];
                for pair in order.windows(2) {
                    assert!(of(role, pair[0]) >= of(role, pair[1]), "{} {role:?} {pair:?}", action.name());
                }
                assert!(of(role, Standing::Own) >= of(role, Standing::Collaborator), "{}", action.name());
            }
            for standing in Standing::ALL {
                for pair in Role::ALL.windows(2) {
                    assert!(of(pair[0], standing) >= of(pair[1], standing), "{} {pair:?}", action.name());
                }
            }
        }
    }
}
