//! Why somebody can or cannot see a conversation at a position of the log: the events that bear on it are read again and
//! folded with the very code that decides.

use domain::access::{self, Action, Decision, Principal, Reason, Roster, authorize_at};
use domain::conversation::Conversation;
use domain::event::{Event, Recorded, StreamId};
use domain::ids::{ConversationId, UserId};
use domain::rejection::Rejection;

use crate::queries::Answer;
use crate::{Desk, reach};

/// The answer.
#[derive(Debug, Clone, PartialEq)]
pub struct AccessExplanation {
    pub can_see: bool,
    /// Whether they may write to the customer there.
    pub can_reply: bool,
    /// All grounds, or what stands against it.
    pub reasons: Vec<Reason>,
    /// Since when the answer has been the same.
    pub since_pos: u64,
    /// The position it is for.
    pub as_of: u64,
}

impl Desk {
    /// Explains. What the asker may not see now they do not learn about.
    pub fn explain_access(
        &self,
        asker: &Principal,
        user: UserId,
        conversation: ConversationId,
        as_of: Option<u64>,
    ) -> Answer<AccessExplanation> {
        self.allow(asker, Action::AccessExplain)?;
        self.conversation(asker, conversation)?;
        let (streams, head) = self.view(|views| {
            let teams = views.roster.all_teams().map(|team| StreamId::Team(team.id));
            let roles = views.roster.all_roles().map(StreamId::Role);
            let mut streams = vec![StreamId::Workspace, StreamId::User(user), StreamId::Conversation(conversation)];
            streams.extend(teams.chain(roles));
            (reach::sees_user(views, asker, user).then_some(streams), views.position())
        });
        let as_of = as_of.unwrap_or(head).min(head);
        let mut events = Vec::new();
        for stream in streams.ok_or(Rejection::NotFound)? {
            events.extend(self.stream_facts(stream)?.into_iter().filter(|recorded| recorded.pos <= as_of));
        }
        events.sort_unstable_by_key(|recorded| recorded.pos);
        Ok(fold(&events, user, as_of))
    }
}

fn fold(events: &[Recorded], user: UserId, as_of: u64) -> AccessExplanation {
    let mut roster = Roster::default();
    let mut conversation: Option<Conversation> = None;
    let mut since_pos = 0;
    let mut seen = None;
    for recorded in events {
        if let StreamId::Conversation(_) = recorded.stream {
            match &mut conversation {
                Some(known) => known.evolve(recorded),
                None => conversation = Conversation::opened(recorded),
            }
            if !moves(&recorded.event) {
                continue;
            }
        } else if Roster::concerns(&recorded.event) {
            roster.apply(recorded);
        } else {
            continue;
        }
        let (can_see, _, _) = answer(&roster, conversation.as_ref(), user);
        if seen.replace(can_see) != Some(can_see) {
            since_pos = recorded.pos;
        }
    }
    let (can_see, can_reply, reasons) = answer(&roster, conversation.as_ref(), user);
    AccessExplanation { can_see, can_reply, reasons, since_pos, as_of }
}

/// Whether a conversation's event can change who sees it.
fn moves(event: &Event) -> bool {
    matches!(
        event,
        Event::ConversationOpened(_)
            | Event::ConversationAssigned(_)
            | Event::ConversationResolved(_)
            | Event::CollaboratorAdded(_)
            | Event::CollaboratorRemoved(_)
    )
}

fn answer(roster: &Roster, conversation: Option<&Conversation>, user: UserId) -> (bool, bool, Vec<Reason>) {
    let refused = |reason| (false, false, vec![reason]);
    if roster.member(user).is_none() {
        return refused(Reason::AccountUnknown);
    }
    let Some(principal) = roster.principal(user) else { return refused(Reason::AccountClosed) };
    let Some(conversation) = conversation else { return refused(Reason::ConversationUnknown) };
    let place = conversation.placement(user);
    let (can_see, reasons) = access::explain(roster, principal, &place);
    let can_reply = authorize_at(principal, Action::MessageSend, &place) == Decision::Allow;
    (can_see, can_reply, reasons)
}
