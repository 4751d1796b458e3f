//! Campaigns as they are shown, and as they are asked for.

use app::Desk;
use app::campaigns::Sample;
use domain::campaign::{self as model, Entry, RecipientState, State, Tally};
use domain::contact::consent::Purpose;
use domain::event::Actor;
use domain::ids::{self, UserId};
use domain::time::Millis;

use super::conversation::user_summary;
use crate::dto::campaign::*;
use crate::dto::conversation::UserSummary;
use crate::problem::{FieldError, Kind, Problem};

pub(crate) fn campaign(desk: &Desk, entry: &Entry) -> Campaign {
    let said = &entry.campaign;
    Campaign {
        id: entry.id.into(),
        version: entry.version.into(),
        name: said.name.clone(),
        kind: kind(said.kind),
        brand_id: said.brand_id.into(),
        channel_id: said.channel_id.into(),
        audience: audience(&said.audience),
        template: CampaignTemplate { name: said.template.name.clone(), language: said.template.language.clone() },
        parameters: said.parameters.iter().map(parameter).collect(),
        send_at: said.send_at.map(Into::into),
        rate_per_minute: said.rate_per_minute,
        quiet_hours: said.quiet_hours.as_ref().map(quiet_hours),
        consent_purpose: said.consent_purpose.map(purpose),
        reply_routing: said.reply_routing.as_ref().map(|routing| ReplyRouting {
            queue_id: routing.queue_id.into(),
            tag: routing.tag.clone(),
            expires_after_seconds: routing.expires_after_ms.whole_seconds(),
        }),
        state: state_of(entry.state),
        pause_cause: pause_cause(entry.state),
        created_at: entry.created_at.into(),
        created_by: person(desk, entry.created_by),
        launched_at: entry.launched_at.map(Into::into),
        launched_by: entry.launched_by.map(|by| person(desk, by)),
        started_at: entry.started_at.map(Into::into),
        ended_at: entry.ended_at.map(Into::into),
        progress: progress(&entry.tally),
    }
}

fn state_of(state: State) -> CampaignState {
    match state {
        State::Draft => CampaignState::Draft,
        State::Scheduled => CampaignState::Scheduled,
        State::Running => CampaignState::Running,
        State::Paused(_) => CampaignState::Paused,
        State::Finished => CampaignState::Finished,
        State::Cancelled => CampaignState::Cancelled,
    }
}

fn pause_cause(state: State) -> Option<String> {
    match state {
        State::Paused(cause) => Some(cause.as_str().to_owned()),
        State::Draft | State::Scheduled | State::Running | State::Finished | State::Cancelled => None,
    }
}

/// Campaigns are asked for by people, or by keys in their name.
fn person(desk: &Desk, by: Actor) -> UserSummary {
    user_summary(desk, by.user().unwrap_or(UserId::from_u128(0)))
}

/// Where launched campaigns stand.
pub(crate) fn standings(entries: &[Entry]) -> Vec<CampaignStanding> {
    let standing = |entry: &Entry| CampaignStanding {
        id: entry.id.into(),
        name: entry.campaign.name.clone(),
        state: state_of(entry.state),
        pause_cause: pause_cause(entry.state),
        progress: progress(&entry.tally),
        delivered: entry.tally.delivered(),
        read: entry.tally.of(RecipientState::Read),
        replied: entry.tally.replied,
        opted_out: entry.tally.opted_out,
    };
    entries.iter().map(standing).collect()
}

fn progress(tally: &Tally) -> CampaignProgress {
    CampaignProgress {
        audience: tally.total(),
        selected: tally.of(RecipientState::Selected),
        excluded: tally.excluded().map(|(_, count)| count).sum(),
        in_flight: tally.of(RecipientState::Queued) + tally.of(RecipientState::Sending),
        sent: tally.sent(),
        failed: tally.of(RecipientState::Failed),
        uncertain: tally.of(RecipientState::Uncertain),
        dropped: tally.of(RecipientState::Dropped),
    }
}

pub(crate) fn metrics(tally: &Tally, as_of: u64) -> CampaignMetrics {
    CampaignMetrics {
        audience: tally.total(),
        selected: tally.of(RecipientState::Selected),
        in_flight: tally.of(RecipientState::Queued) + tally.of(RecipientState::Sending),
        sent: tally.sent(),
        delivered: tally.delivered(),
        read: tally.of(RecipientState::Read),
        failed: tally.of(RecipientState::Failed),
        uncertain: tally.of(RecipientState::Uncertain),
        dropped: tally.of(RecipientState::Dropped),
        replied: tally.replied,
        opted_out: tally.opted_out,
        excluded: tally.excluded().map(|(reason, count)| excluded(reason, count)).collect(),
        as_of: as_of.into(),
    }
}

pub(crate) fn excluded(reason: model::Reason, count: u32) -> ExcludedCount {
    ExcludedCount { reason: reason.as_str().to_owned(), count }
}

pub(crate) fn recipient(id: ids::ContactId, recipient: model::Recipient) -> CampaignRecipient {
    CampaignRecipient {
        contact_id: id.into(),
        state: state(recipient.state),
        reason: match recipient.state {
            RecipientState::Excluded(reason) => Some(reason.as_str().to_owned()),
            _ => None,
        },
        conversation_id: recipient.message.map(|message| message.conversation_id.into()),
        message_id: recipient.message.map(|message| message.message_id.into()),
        replied: recipient.replied,
        opted_out: recipient.opted_out,
    }
}

pub(crate) fn state(state: RecipientState) -> CampaignRecipientState {
    match state {
        RecipientState::Selected => CampaignRecipientState::Selected,
        RecipientState::Excluded(_) => CampaignRecipientState::Excluded,
        RecipientState::Queued => CampaignRecipientState::Queued,
        RecipientState::Sending => CampaignRecipientState::Sending,
        RecipientState::Sent => CampaignRecipientState::Sent,
        RecipientState::Delivered => CampaignRecipientState::Delivered,
        RecipientState::Read => CampaignRecipientState::Read,
        RecipientState::Failed => CampaignRecipientState::Failed,
        RecipientState::Uncertain => CampaignRecipientState::Uncertain,
        RecipientState::Dropped => CampaignRecipientState::Dropped,
    }
}

pub(crate) fn sample(sample: Sample) -> CampaignSample {
    CampaignSample {
        contact_id: sample.contact_id.into(),
        text: sample.text,
        content: sample.content.and_then(|content| serde_json::to_value(content).ok()),
    }
}

fn purpose(purpose: Purpose) -> CampaignPurpose {
    match purpose {
        Purpose::Marketing => CampaignPurpose::Marketing,
        Purpose::Service => CampaignPurpose::Service,
        Purpose::Csat => CampaignPurpose::Csat,
    }
}

pub(crate) fn purpose_asked(purpose: CampaignPurpose) -> Purpose {
    match purpose {
        CampaignPurpose::Marketing => Purpose::Marketing,
        CampaignPurpose::Service => Purpose::Service,
        CampaignPurpose::Csat => Purpose::Csat,
    }
}

fn kind(kind: model::Kind) -> CampaignKind {
    match kind {
        model::Kind::Outage => CampaignKind::Outage,
        model::Kind::Reminder => CampaignKind::Reminder,
        model::Kind::Marketing => CampaignKind::Marketing,
        model::Kind::Utility => CampaignKind::Utility,
    }
}

pub(crate) fn kind_asked(kind: CampaignKind) -> model::Kind {
    match kind {
        CampaignKind::Outage => model::Kind::Outage,
        CampaignKind::Reminder => model::Kind::Reminder,
        CampaignKind::Marketing => model::Kind::Marketing,
        CampaignKind::Utility => model::Kind::Utility,
    }
}

fn audience(audience: &model::Audience) -> CampaignAudience {
    let plain = |r#type| CampaignAudience { r#type, segment_id: None, contact_ids: Vec::new() };
    match audience {
        model::Audience::Everyone => plain(AudienceType::Everyone),
        model::Audience::Segment { segment_id } => {
            CampaignAudience { segment_id: Some((*segment_id).into()), ..plain(AudienceType::Segment) }
        }
        model::Audience::Contacts { contact_ids } => CampaignAudience {
            contact_ids: contact_ids.iter().map(|id| (*id).into()).collect(),
            ..plain(AudienceType::Contacts)
        },
    }
}

/// The audience, from the field of its type. The others must be absent.
pub(crate) fn audience_asked(asked: SetCampaignAudience) -> Result<model::Audience, Problem> {
    match asked {
        SetCampaignAudience { r#type: AudienceType::Everyone, segment_id: None, contact_ids: None } => {
            Ok(model::Audience::Everyone)
        }
        SetCampaignAudience { r#type: AudienceType::Segment, segment_id: Some(id), contact_ids: None } => {
            Ok(model::Audience::Segment { segment_id: id.into() })
        }
        SetCampaignAudience { r#type: AudienceType::Contacts, segment_id: None, contact_ids: Some(ids) } => {
            Ok(model::Audience::Contacts { contact_ids: ids.into_iter().map(Into::into).collect() })
        }
        _ => Err(wrong("/audience", "not_of_this_type", "the field of its type, and no other")),
    }
}

fn parameter(parameter: &model::Parameter) -> CampaignParameter {
    CampaignParameter {
        part: match parameter.part {
            model::Part::Header => CampaignPart::Header,
            model::Part::Body => CampaignPart::Body,
            model::Part::Button => CampaignPart::Button,
        },
        index: parameter.index,
        name: parameter.name.clone(),
        r#type: match parameter.kind {
            model::ParameterType::Text => CampaignParameterType::Text,
            model::ParameterType::Image => CampaignParameterType::Image,
            model::ParameterType::Video => CampaignParameterType::Video,
            model::ParameterType::Document => CampaignParameterType::Document,
        },
        text: parameter.text.clone(),
    }
}

pub(crate) fn parameter_asked(asked: SetCampaignParameter) -> model::Parameter {
    model::Parameter {
        part: match asked.part {
            CampaignPart::Header => model::Part::Header,
            CampaignPart::Body => model::Part::Body,
            CampaignPart::Button => model::Part::Button,
        },
        index: asked.index,
        name: asked.name,
        kind: match asked.r#type {
            None | Some(CampaignParameterType::Text) => model::ParameterType::Text,
            Some(CampaignParameterType::Image) => model::ParameterType::Image,
            Some(CampaignParameterType::Video) => model::ParameterType::Video,
            Some(CampaignParameterType::Document) => model::ParameterType::Document,
        },
        text: asked.text,
    }
}

fn quiet_hours(quiet: &model::QuietHours) -> QuietHours {
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    QuietHours {
        zone: match quiet.zone {
            model::QuietZone::Contact => QuietZone::Contact,
            model::QuietZone::Fixed => QuietZone::Fixed,
        },
        time_zone: quiet.time_zone.clone(),
        from: clock(quiet.from_minute),
        to: clock(quiet.to_minute),
    }
}

pub(crate) fn quiet_hours_asked(asked: QuietHours) -> Result<model::QuietHours, Problem> {
    let minute = |text: &str, at: &str| {
        let (hours, minutes) = text.split_once(':').unwrap_or_default();
        match (hours.parse::<u16>(), minutes.parse::<u16>()) {
            (Ok(hours @ 0..24), Ok(minutes @ 0..60)) => Ok(hours * 60 + minutes),
            _ => Err(wrong(at, "bad_format", "a time of the day, as 21:00")),
        }
    };
    Ok(model::QuietHours {
        zone: match asked.zone {
            QuietZone::Contact => model::QuietZone::Contact,
            QuietZone::Fixed => model::QuietZone::Fixed,
        },
        from_minute: minute(&asked.from, "/quiet_hours/from")?,
        to_minute: minute(&asked.to, "/quiet_hours/to")?,
        time_zone: asked.time_zone,
    })
}

pub(crate) fn reply_routing_asked(asked: SetReplyRouting) -> model::ReplyRouting {
    model::ReplyRouting {
        queue_id: asked.queue_id.0,
        tag: asked.tag,
        expires_after_ms: Millis::seconds(i64::from(asked.expires_after_seconds)),
    }
}

fn wrong(pointer: &str, code: &str, detail: &str) -> Problem {
    let error = FieldError {
        pointer: Some(pointer.to_owned()),
        parameter: None,
        code: code.to_owned(),
        detail: detail.to_owned(),
    };
    Problem::new(Kind::Unprocessable).errors(vec![error])
}
