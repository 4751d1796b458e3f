//! What changed, as clients read it.

use app::analytics::Group;
use app::analytics::insights::{Evidence, FoundSpike, Insights, TagTrend as TagCounted};
use projections::analytics::GroupKey;
use projections::analytics::compare::four;
use projections::insights::{Cause, Period, Topic};

use crate::dto::insights::*;

/// Examples of one question.
const EXAMPLES_MAX: usize = 5;

fn trend((count, before): (u64, u64), (all, all_before): (u64, u64)) -> Trend {
    let share = |part: u64, of: u64| (of > 0).then(|| four(part as f64 / of as f64));
    let delta = count as i64 - before as i64;
    Trend {
        count: count.into(),
        previous_count: before.into(),
        delta,
        delta_ratio: (before > 0).then(|| four(delta as f64 / before as f64)),
        share: share(count, all),
        previous_share: share(before, all_before),
    }
}

/// The first so many.
fn first<T>(mut trends: Vec<T>, order: TrendOrder, limit: usize, of: impl Fn(&T) -> (&Trend, &str)) -> Vec<T> {
    let rank = |trend: &Trend| match order {
        TrendOrder::Rising => (trend.delta, trend.count.0 as i64),
        TrendOrder::Falling => (-trend.delta, trend.count.0 as i64),
        TrendOrder::Frequent => (trend.count.0 as i64, trend.delta),
    };
    trends.sort_by(|one, other| {
        let ((one, name), (other, other_name)) = (of(one), of(other));
        rank(other).cmp(&rank(one)).then_with(|| name.cmp(other_name))
    });
    trends.truncate(limit);
    trends
}

/// `groups` are those of the tags, in their order.
pub(crate) fn tags(found: &Insights, groups: &[Group], order: TrendOrder, limit: usize) -> Vec<TagTrend> {
    let all = (found.volume, found.volume_before);
    let of = |(tag, group): (&TagCounted, &Group)| {
        let trend = trend((tag.count, tag.before), all);
        group.id.clone().map(|tag| TagTrend { tag, trend })
    };
    let trends = found.tags.iter().zip(groups).filter_map(of).collect();
    first(trends, order, limit, |tag: &TagTrend| (&tag.trend, &tag.tag))
}

pub(crate) fn topics(found: &Insights, order: TrendOrder, limit: usize) -> Vec<TopicTrend> {
    let [before, now] = found.coverage.read;
    let of = |topic: &Topic| TopicTrend {
        phrase: topic.phrase.clone(),
        trend: trend((topic.now.messages.into(), topic.before.messages.into()), (now, before)),
        conversations: u64::from(topic.now.conversations).into(),
        contacts: u64::from(topic.now.contacts).into(),
        previous_contacts: u64::from(topic.before.contacts).into(),
    };
    let trends = found.topics.iter().map(of).collect();
    first(trends, order, limit, |topic: &TopicTrend| (&topic.trend, &topic.phrase))
}

pub(crate) fn messages(found: &Insights) -> MessagesRead {
    let coverage = &found.coverage;
    let of = |counts: [u64; 2], period: Period| counts[period as usize].into();
    MessagesRead {
        messages: of(coverage.messages, Period::Now),
        previous_messages: of(coverage.messages, Period::Before),
        read: of(coverage.read, Period::Now),
        previous_read: of(coverage.read, Period::Before),
        truncated: coverage.truncated,
    }
}

/// `groups` are those of its causes, in their order.
pub(crate) fn spike(found: &FoundSpike, groups: Vec<Group>) -> InsightSpike {
    let spike = &found.spike;
    let excess = |count: u32, usual: f64| four(f64::from(count) - usual);
    let cause = |(cause, group): (&Cause, Group)| SpikeCause {
        kind: kind(cause.value),
        value: group.id,
        name: group.name,
        count: u64::from(cause.count).into(),
        usual: four(cause.usual),
        excess: excess(cause.count, cause.usual),
    };
    let keyword = |keyword: &app::analytics::insights::Keyword| SpikeCause {
        kind: CauseKind::Keyword,
        value: Some(keyword.phrase.clone()),
        name: Some(keyword.phrase.clone()),
        count: u64::from(keyword.count).into(),
        usual: four(keyword.usual),
        excess: excess(keyword.count, keyword.usual),
    };
    let keywords = found.keywords.iter().map(keyword);
    let mut causes: Vec<_> = spike.causes.iter().zip(groups).map(cause).chain(keywords).collect();
    causes.sort_by(|one, other| other.excess.total_cmp(&one.excess));
    InsightSpike {
        from: spike.from.into(),
        to: spike.to.into(),
        count: u64::from(spike.count).into(),
        usual: four(spike.usual),
        weeks: spike.weeks,
        excess: excess(spike.count, spike.usual),
        z_score: four(spike.z_score),
        causes,
        words_read: u64::from(found.read).into(),
        words_truncated: found.truncated,
    }
}

fn kind(value: GroupKey) -> CauseKind {
    match value {
        GroupKey::Channel(_) => CauseKind::Channel,
        GroupKey::Brand(_) => CauseKind::Brand,
        GroupKey::Tag(_) => CauseKind::Tag,
        // Arrivals are nobody's, so there is no cause of the other kinds.
        GroupKey::Team(_) | GroupKey::Agent(_) | GroupKey::Everything => CauseKind::Team,
    }
}

pub(crate) fn questions(found: &Insights, limit: usize) -> Vec<UnansweredQuestion> {
    let of = |group: &app::analytics::insights::QuestionGroup| UnansweredQuestion {
        words: group.words.clone(),
        count: (group.messages.len() as u64).into(),
        contacts: u64::from(group.contacts).into(),
        examples: group.messages.iter().rev().take(EXAMPLES_MAX).map(message).collect(),
    };
    found.answering.groups.iter().take(limit).map(of).collect()
}

pub(crate) fn knowledge(found: &Insights, limit: usize) -> KnowledgeAsked {
    let answering = &found.answering;
    let article = |answered: &app::analytics::insights::Answered| AnsweringArticle {
        article_id: answered.article_id.into(),
        title: answered.title.clone(),
        count: answered.count.into(),
    };
    KnowledgeAsked {
        asked: answering.asked.into(),
        answered_by_keyword: answering.by_keyword.into(),
        answered_by_search: answering.by_search.into(),
        unanswered: answering.unanswered.into(),
        withheld: answering.withheld.into(),
        ungrouped: answering.ungrouped.into(),
        truncated: answering.truncated,
        articles: answering.articles.iter().take(limit).map(article).collect(),
    }
}

pub(crate) fn message(row: &Evidence) -> InsightMessage {
    InsightMessage {
        conversation_id: row.conversation_id.into(),
        number: row.number.into(),
        at: row.at.into(),
        position: row.pos.into(),
    }
}
