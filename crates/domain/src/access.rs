//! Who may do what: one table, one function, used by code, documentation and tests.
//!
//! A decision looks at the stored object, never at what the request claims about it.

use serde::{Deserialize, Serialize};

use crate::ids::UserId;

/// The built-in roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    SuperAdmin,
    Admin,
    Agent,
    Operator,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Principal {
    pub user_id: UserId,
    pub role: Role,
}

/// How an object stands to the asker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// No single object: a list, a creation, the workspace itself.
    Workspace,
    /// Assigned to, or made by, the asker.
    Own,
    /// A colleague's, or nobody's.
    Team,
}

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    Allow,
    /// Visible, but not theirs to do: 403.
    Forbid,
    /// As if it did not exist: 404.
    Hide,
}

macro_rules! actions {
    ($( $(#[$doc:meta])* $action:ident = $name:literal : $sa:ident $ad:ident | $ag_own:ident $ag_team:ident | $op_own:ident $op_team:ident ;)*) => {
        /// What can be done. Each row of the table gives Super Admin, Admin, then Agent and Operator on their own
        /// and on a colleague's (or nobody's) object; lists and creations use the first of each pair.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action { $( $(#[$doc])* $action ),* }

        impl Action {
            /// Every action.
            pub const ALL: &'static [Action] = &[$(Action::$action),*];
            /// The permission's name in the API.
            pub fn name(self) -> &'static str { match self { $(Action::$action => $name),* } }
            fn row(self) -> [[Decision; 2]; 4] {
                match self { $(Action::$action => [[$sa, $sa], [$ad, $ad], [$ag_own, $ag_team], [$op_own, $op_team]]),* }
            }
        }
    };
}

const Y: Decision = Decision::Allow;
const N: Decision = Decision::Forbid;
const H: Decision = Decision::Hide;

actions! {
    //                                                         SA AD  AG    OP
    /// Needs no account.
    Public = "public":                                          Y Y | Y Y | Y Y;
    /// Own account, sessions, password.
    OwnAccount = "account.own":                                 Y Y | Y Y | Y Y;
    /// Lists and counts: each row is then read-checked by itself.
    ConversationList = "conversations.list":                    Y Y | Y Y | Y Y;
    ConversationRead = "conversations.read":                    Y Y | Y Y | Y H;
    MessageSend = "messages.send":                              Y Y | Y Y | Y H;
    NoteAdd = "notes.add":                                      Y Y | Y Y | Y H;
    /// Taking an unassigned one.
    ConversationClaim = "conversations.claim":                  Y Y | Y Y | Y H;
    /// Giving it to somebody else.
    ConversationReassign = "conversations.reassign":            Y Y | Y N | N H;
    /// Giving it back to the queue.
    ConversationRelease = "conversations.release":              Y Y | Y N | Y H;
    ConversationStatus = "conversations.status":                Y Y | Y N | Y H;
    ConversationTag = "conversations.tag":                      Y Y | Y Y | Y H;
    ConversationPriority = "conversations.priority":            Y Y | N N | N H;
    /// Visible through at least one visible conversation.
    ContactRead = "contacts.read":                              Y Y | Y Y | Y H;
    ContactEdit = "contacts.edit":                              Y Y | Y Y | N H;
    ContactBlock = "contacts.block":                            Y Y | Y N | N H;
    ContactMerge = "contacts.merge":                            Y Y | N N | N H;
    ContactErase = "contacts.erase":                            Y N | N N | N H;
    MediaUpload = "media.upload":                               Y Y | Y Y | Y Y;
    TemplateRead = "templates.read":                            Y Y | Y Y | Y Y;
    TemplateSync = "templates.sync":                            Y Y | N N | N N;
    UserList = "users.list":                                    Y Y | Y Y | Y Y;
    /// Agents and Operators.
    UserManage = "users.manage":                                Y Y | N N | N N;
    /// Admins and Super Admins.
    AdminManage = "users.manage_admins":                        Y N | N N | N N;
    ChannelRead = "channels.read":                              Y Y | Y Y | Y Y;
    /// Numbers, brands, tokens, secrets.
    ChannelManage = "channels.manage":                          Y N | N N | N N;
    QuarantineRead = "quarantine.read":                         Y Y | N N | N N;
    QuarantineManage = "quarantine.manage":                     Y Y | N N | N N;
    EventRead = "events.read":                                  Y Y | N N | N N;
    SettingsManage = "settings.manage":                         Y N | N N | N N;
}

/// Whether `principal` may do `action` on an object standing in `scope`.
pub fn authorize(principal: &Principal, action: Action, scope: Scope) -> Decision {
    let role = match principal.role {
        Role::SuperAdmin => 0,
        Role::Admin => 1,
        Role::Agent => 2,
        Role::Operator => 3,
    };
    let column = match scope {
        Scope::Workspace | Scope::Own => 0,
        Scope::Team => 1,
    };
    action.row()[role][column]
}

/// How a conversation stands to the asker.
pub fn conversation_scope(principal: &Principal, assignee: Option<UserId>) -> Scope {
    if assignee == Some(principal.user_id) { Scope::Own } else { Scope::Team }
}
