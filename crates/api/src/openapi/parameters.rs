//! Path parameters by name: the template says which there are, this table what they look like.

use domain::ids;
use serde_json::{Value, json};

use crate::dto::scalar::{CURRENCY_PATTERN, QUEUE_PATTERN};

/// The contract's parameters of a path template. A name without an entry is a mistake in the route table,
/// found when the document is first assembled.
pub(crate) fn path_parameters(template: &str) -> Vec<Value> {
    let names = template.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    names
        .map(|name| {
            let name = name.split(':').next().unwrap_or(name);
            json!({"name": name, "in": "path", "required": true, "description": description(name), "schema": schema(name)})
        })
        .collect()
}

/// The pattern of an id with this prefix.
pub(crate) fn id_pattern(prefix: &str) -> String {
    format!("^{prefix}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$")
}

fn schema(name: &str) -> Value {
    if let Some(prefix) = prefix(name) {
        return json!({"type": "string", "pattern": id_pattern(prefix)});
    }
    match name {
        "pos" => json!({"type": "integer", "format": "int64", "minimum": 1, "maximum": 9_007_199_254_740_991u64}),
        "queue_id" => json!({"type": "string", "pattern": QUEUE_PATTERN}),
        "currency" => json!({"type": "string", "pattern": CURRENCY_PATTERN}),
        "code" => json!({"type": "string", "pattern": "^[a-z][a-z-]{0,63}$"}),
        "preset" => json!({"type": "string", "pattern": "^[a-z][a-z-]{0,39}$"}),
        "tag" => json!({"type": "string", "minLength": 1, "maxLength": 64}),
        "key" => json!({"type": "string", "pattern": "^[a-z][a-z0-9_]{0,63}$"}),
        "purpose" => json!({"type": "string", "enum": ["marketing", "service", "csat"]}),
        "emoji" => json!({"type": "string", "minLength": 1, "maxLength": 16}),
        "token" => json!({"type": "string", "pattern": "^[A-Za-z0-9_-]{1,512}$"}),
        "provider" => json!({"type": "string", "pattern": "^[a-z][a-z0-9_-]{0,31}$"}),
        "file" => json!({"type": "string", "pattern": "^[A-Za-z0-9._-]{1,100}$"}),
        other => panic!("the path parameter `{other}` is not described"),
    }
}

fn prefix(name: &str) -> Option<&'static str> {
    Some(match name {
        "user_id" => ids::UserId::PREFIX,
        "team_id" => ids::TeamId::PREFIX,
        "role_id" => ids::RoleId::PREFIX,
        "rule_id" => ids::RoutingRuleId::PREFIX,
        "invite_id" => ids::InviteId::PREFIX,
        "key_id" => ids::KeyId::PREFIX,
        "session_id" => ids::SessionId::PREFIX,
        "brand_id" => ids::BrandId::PREFIX,
        "channel_id" => ids::ChannelId::PREFIX,
        "contact_id" => ids::ContactId::PREFIX,
        "conversation_id" => ids::ConversationId::PREFIX,
        "message_id" => ids::MessageId::PREFIX,
        "media_id" => ids::MediaId::PREFIX,
        "note_id" => ids::NoteId::PREFIX,
        "notification_id" => ids::NotificationId::PREFIX,
        "template_id" => ids::TemplateId::PREFIX,
        "quarantine_id" => ids::QuarantineId::PREFIX,
        "merge_id" => ids::MergeId::PREFIX,
        "sla_id" => ids::SlaPolicyId::PREFIX,
        "hours_id" => ids::HoursId::PREFIX,
        "job_id" => ids::BulkJobId::PREFIX,
        "export_id" => ids::ReportExportId::PREFIX,
        "report_id" => ids::ScheduledReportId::PREFIX,
        "coaching_note_id" => ids::CoachingNoteId::PREFIX,
        "automation_rule_id" => ids::AutomationRuleId::PREFIX,
        "article_id" => ids::ArticleId::PREFIX,
        "canned_reply_id" => ids::CannedReplyId::PREFIX,
        "macro_id" => ids::MacroId::PREFIX,
        "segment_id" => ids::SegmentId::PREFIX,
        "campaign_id" => ids::CampaignId::PREFIX,
        "import_id" => ids::ContactImportId::PREFIX,
        _ => return None,
    })
}

fn description(name: &str) -> String {
    match name {
        "pos" => "Position in the log; the first event is 1.".to_owned(),
        "currency" => "ISO 4217 code of the currency.".to_owned(),
        "code" => "Code of a problem.".to_owned(),
        "preset" => "Name of the preset.".to_owned(),
        "tag" => "The tag.".to_owned(),
        "key" => "Key of the attribute.".to_owned(),
        "purpose" => "What the customer is asked to agree to.".to_owned(),
        "emoji" => "One emoji.".to_owned(),
        "provider" => "Id of the sign-in provider.".to_owned(),
        "file" => "Name of an asset.".to_owned(),
        "token" => "The secret at the end of a link.".to_owned(),
        id => format!("Id of the {}.", id.trim_end_matches("_id").replace('_', " ")),
    }
}
