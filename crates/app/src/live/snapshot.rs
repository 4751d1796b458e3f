//! Somebody's state at one position, to begin from.

use std::collections::BTreeMap;

use domain::access::Principal;
use domain::ids::*;
use domain::notification::NotificationKind;
use projections::Views;
use projections::inbox::counts::ViewCounts;
use projections::inbox::{InboxQuery, Keyset, Sort, View};

use super::judge::seen;
use super::{Filter, Seen};
use crate::attention::{Told, mention_view, shown, unread_in};
use crate::{Desk, reach};

/// Conversations of one list, and notifications, at most.
pub const ROWS_MAX: usize = 200;

/// A list of conversations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum List {
    All,
    Mine,
    Unassigned,
    Mentions,
}

/// What a picture holds beside its position.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    pub lists: Vec<List>,
    pub counts: bool,
    pub colleagues: bool,
    pub notices: bool,
}

/// Everything that is counted for somebody.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted {
    pub views: ViewCounts,
    /// Conversations with a mention, and those of them with an unread one.
    pub mentions: (u64, u64),
    pub notices: BTreeMap<NotificationKind, usize>,
    pub mentions_unread: usize,
}

/// One list's first rows.
#[derive(Debug, Clone)]
pub struct Listed {
    pub list: List,
    pub rows: Vec<Seen>,
    /// Where it goes on.
    pub next: Option<Keyset>,
}

/// All of it at `pos`.
#[derive(Debug, Clone)]
pub struct Picture {
    pub pos: u64,
    pub lists: Vec<Listed>,
    pub counts: Option<Counted>,
    pub colleagues: Vec<UserId>,
    pub notices: Vec<Told>,
}

impl Desk {
    /// What somebody has before them at this moment, narrowed to what they follow.
    pub fn picture(&self, asker: &Principal, filter: &Filter, wanted: &Wanted) -> Picture {
        self.view(|views| {
            let users = views.directory.users.iter().map(|user| user.id);
            let notices = views.attention.notifications(asker.user_id).take(ROWS_MAX);
            let notices = notices.filter_map(|notice| shown(views, asker, notice));
            Picture {
                pos: views.position(),
                lists: wanted.lists.iter().map(|list| listed(views, asker, filter, *list)).collect(),
                counts: wanted.counts.then(|| counted(views, asker)),
                colleagues: match wanted.colleagues {
                    true => users.filter(|id| reach::sees_user(views, asker, *id)).collect(),
                    false => Vec::new(),
                },
                notices: if wanted.notices { notices.collect() } else { Vec::new() },
            }
        })
    }

    /// What is counted for somebody, and the position this is true at.
    pub fn counted(&self, asker: &Principal) -> (Counted, u64) {
        self.view(|views| (counted(views, asker), views.position()))
    }
}

fn counted(views: &Views, asker: &Principal) -> Counted {
    let (notices, mentions_unread) = unread_in(views, asker);
    Counted { views: views.inbox.counts(asker), mentions: mention_view(views, asker), notices, mentions_unread }
}

fn listed(views: &Views, asker: &Principal, filter: &Filter, list: List) -> Listed {
    let mut query = InboxQuery {
        view: match list {
            List::All | List::Mentions => View::All,
            List::Mine => View::Mine(asker.user_id),
            List::Unassigned => View::Unassigned,
        },
        filters: Default::default(),
        sort: Sort::LastActivityDescending,
        after: None,
        limit: ROWS_MAX,
    };
    if list == List::Mentions {
        query.filters.among = Some(views.attention.mentioned_in(asker.user_id).into_keys().collect());
    }
    query.filters.channel_ids.clone_from(&filter.channel_ids);
    let page = views.inbox.page(&query, asker);
    let rows = page.rows.iter().filter(|row| filter.admits(row.channel_id(), row.team_id()));
    Listed { list, rows: rows.map(|row| seen(views, asker, row)).collect(), next: page.next }
}
