//! Reading, with access applied: nothing leaves here that the asker may not see.

mod contacts;
mod conversations;
mod events;
mod guard;
mod media;
mod timelines;

pub use contacts::ContactView;
pub use conversations::ConversationView;
pub use guard::{Denied, guard_contact, guard_conversation, guard_workspace};
pub use media::MediaView;
pub use timelines::MessagePage;
