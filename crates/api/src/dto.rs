//! The shapes of requests and answers. Answers always carry every documented field, null or empty where there
//! is nothing; requests refuse fields they do not know. One file per noun.

pub mod access;
pub mod api_key;
pub mod attention;
pub mod audit;
pub mod availability;
pub mod billing;
pub mod business_hours;
pub mod channel;
pub mod contact;
pub mod conversation;
pub mod event;
pub mod invite;
pub mod live;
pub mod media;
pub mod message;
pub mod message_content;
pub mod meta;
pub mod note;
pub mod page;
pub mod password;
pub mod quarantine;
pub mod role;
pub mod scalar;
pub mod second_factor;
pub mod session;
pub mod sla;
#[cfg(feature = "oidc")]
pub mod sso;
pub mod team;
pub mod template;
pub mod timeline;
pub mod usage;
pub mod user;
