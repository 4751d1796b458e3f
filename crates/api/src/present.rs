//! From what the desk knows to what an answer shows. Whoever calls these has asked the desk for the thing itself, so
//! access is decided; names of the people in it are looked up here.

pub(crate) mod activity;
pub(crate) mod analytics;
pub(crate) mod attention;
pub(crate) mod audit;
pub(crate) mod automation;
pub(crate) mod automation_action;
pub(crate) mod availability;
pub(crate) mod bulk;
pub(crate) mod business_hours;
pub(crate) mod campaign;
pub(crate) mod canned_reply;
pub(crate) mod channel;
pub(crate) mod contact;
pub(crate) mod conversation;
pub(crate) mod counts;
pub(crate) mod csat;
pub(crate) mod history;
pub(crate) mod insights;
pub(crate) mod knowledge;
pub(crate) mod macros;
pub(crate) mod message;
pub(crate) mod monitor;
pub(crate) mod note;
pub(crate) mod queue;
pub(crate) mod report;
pub(crate) mod routing;
pub(crate) mod search;
pub(crate) mod signals;
pub(crate) mod simulation;
pub(crate) mod sla;
pub(crate) mod template;
pub(crate) mod user;
