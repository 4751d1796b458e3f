//! The columns of each kind of report, in their order, with what they hold. [`super::rows`] fills them; a format writes them.
//! Columns are only ever added. `definition` is the version of the definitions that `GET /v1/metric-definitions` lists.

use domain::report::Kind;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    Text,
    Number,
    /// A length of time, in seconds with milliseconds as decimals.
    Seconds,
    /// A value of a metric, in its unit.
    Decimal,
    Time,
    Flag,
    Words,
    Positions,
}

/// A column's name and what it holds.
pub(super) type Column = (&'static str, Holds);

use Holds::*;

const PLACE: [Column; 6] = [
    ("conversation_id", Text),
    ("conversation_number", Number),
    ("channel_id", Text),
    ("channel", Text),
    ("brand_id", Text),
    ("brand", Text),
];
const LINEAGE: [Column; 3] = [("tags", Words), ("definition", Number), ("positions", Positions)];

const CONVERSATION: [Column; 23] = [
    ("team_id", Text),
    ("team", Text),
    ("agent_id", Text),
    ("agent", Text),
    ("status", Text),
    ("begun_by", Text),
    ("opened_at", Time),
    ("customer_since", Time),
    ("first_response_at", Time),
    ("first_response_seconds", Seconds),
    ("first_response_of_people_seconds", Seconds),
    ("first_responder_id", Text),
    ("first_responder", Text),
    ("resolved_at", Time),
    ("first_resolution_seconds", Seconds),
    ("full_resolution_seconds", Seconds),
    ("episodes", Number),
    ("customer_messages", Number),
    ("human_messages", Number),
    ("waiting_since", Time),
    ("unanswered_episodes", Number),
    ("first_contact_resolution", Text),
    ("csat_score", Number),
];

const FIRST_RESPONSE: [Column; 9] = [
    ("episode", Number),
    ("team_id", Text),
    ("team", Text),
    ("agent_id", Text),
    ("agent", Text),
    ("customer_since", Time),
    ("responded_at", Time),
    ("first_response_seconds", Seconds),
    ("first_response_of_people_seconds", Seconds),
];

const REPLY: [Column; 8] = [
    ("episode", Number),
    ("team_id", Text),
    ("team", Text),
    ("agent_id", Text),
    ("agent", Text),
    ("waiting_since", Time),
    ("replied_at", Time),
    ("reply_seconds", Seconds),
];

const RESOLUTION: [Column; 19] = [
    ("episode", Number),
    ("team_id", Text),
    ("team", Text),
    ("agent_id", Text),
    ("agent", Text),
    ("assignee_id", Text),
    ("assignee", Text),
    ("opened_at", Time),
    ("resolved_at", Time),
    ("ending", Text),
    ("resolution_seconds", Seconds),
    ("active_seconds", Seconds),
    ("full_resolution_seconds", Seconds),
    ("unanswered", Flag),
    ("customer_messages", Number),
    ("human_messages", Number),
    ("people", Number),
    ("owners", Number),
    ("newest", Flag),
];

const PROMISE: [Column; 9] = [
    ("policy_id", Text),
    ("metric", Text),
    ("verdict", Text),
    ("ended_at", Time),
    ("priority", Text),
    ("team_id", Text),
    ("team", Text),
    ("agent_id", Text),
    ("agent", Text),
];

const RATING: [Column; 8] = [
    ("episode", Number),
    ("team_id", Text),
    ("team", Text),
    ("agent_id", Text),
    ("agent", Text),
    ("sent_at", Time),
    ("rated_at", Time),
    ("score", Number),
];

const CONTACT: [Column; 19] = [
    ("contact_id", Text),
    ("brand_id", Text),
    ("brand", Text),
    ("name", Text),
    ("profile_name", Text),
    ("phone", Text),
    ("external_id", Text),
    ("language", Text),
    ("tags", Words),
    ("attributes", Text),
    ("consent_marketing", Text),
    ("consent_service", Text),
    ("consent_csat", Text),
    ("blocked", Flag),
    ("created_at", Time),
    ("last_seen_at", Time),
    ("conversations", Number),
    ("version", Number),
    ("positions", Positions),
];

/// Of numbers: what they follow from is listed by `GET /v1/analytics/drilldown` as of the same position.
const SUMMARY: [Column; 26] = [
    ("metric", Text),
    ("kind", Text),
    ("unit", Text),
    ("from", Time),
    ("to", Time),
    ("count", Number),
    ("value", Decimal),
    ("median", Decimal),
    ("p90", Decimal),
    ("p95", Decimal),
    ("max", Decimal),
    ("hits", Number),
    ("immature_n", Number),
    ("excluded_n", Number),
    ("open_n", Number),
    ("previous_from", Time),
    ("previous_to", Time),
    ("previous_count", Number),
    ("previous_value", Decimal),
    ("previous_median", Decimal),
    ("previous_p90", Decimal),
    ("previous_hits", Number),
    ("delta", Decimal),
    ("delta_ratio", Decimal),
    ("definition", Number),
    ("as_of_pos", Number),
];

/// All columns of a kind.
pub(super) fn columns(kind: Kind) -> Vec<Column> {
    let own: &[Column] = match kind {
        Kind::Contacts => return CONTACT.to_vec(),
        Kind::Summary => return SUMMARY.to_vec(),
        Kind::Conversations => &CONVERSATION,
        Kind::FirstResponses => &FIRST_RESPONSE,
        Kind::Replies => &REPLY,
        Kind::Resolutions => &RESOLUTION,
        Kind::Sla => &PROMISE,
        Kind::Ratings => &RATING,
    };
    [&PLACE, own, &LINEAGE].concat()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_column_has_its_own_name_and_rows_end_with_their_lineage() {
        for kind in Kind::ALL {
            let columns = columns(kind);
            let names: BTreeSet<_> = columns.iter().map(|(name, _)| name).collect();
            assert_eq!(names.len(), columns.len(), "{kind:?}");
            let lineage = if kind == Kind::Summary { ("as_of_pos", Number) } else { ("positions", Positions) };
            assert_eq!(columns.last(), Some(&lineage));
        }
    }
}
