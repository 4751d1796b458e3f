//! One person's numbers beside their teams', and conversations worth looking at together.

use app::analytics::scorecard::Line;

use super::*;
use crate::dto::scalar::UserId;
use crate::extract::Path;
use crate::present::conversation::user_summary;

pub(super) fn endpoint() -> Endpoint {
    Endpoint::get("/v1/agents/{user_id}/scorecard", "get_scorecard", scorecard)
        .about(Tag::Analytics, "Get somebody's numbers beside their team's, with conversations to look at")
        .description(
            "Your own; of those in teams you lead; and, for who sees all numbers of their brands, everybody's in them. Beside each \
             number is the median of what the people of their teams have (themselves included; of two at least), where you \
             see the teams' numbers. Conversations are only those you see: the slowest replies, what was reopened, the \
             lowest ratings (1 and 2).",
        )
        .needs(Action::MetricRead)
        .refuses(&[Kind::NotFound, Kind::Forbidden, Kind::Unprocessable, Kind::PositionGone])
}

async fn scorecard(
    caller: Caller,
    front: Front,
    shared: Shared,
    Path(user): Path<UserId>,
    Both(numbers, query): Both<NumbersQuery, ScorecardQuery>,
) -> Result<Found<Scorecard>, Problem> {
    let whose = front.scorecard_reach(&caller.principal, user.0)?;
    if numbers.agent_id.is_some() || numbers.team_id.is_some() {
        return Err(unfit("agent_id", "not-applicable", "a scorecard is of one person in their teams"));
    }
    // Only what is somebody's can stand on it.
    let people = Metric::ALL.iter().copied().filter(|metric| metric.of_people()).map(MetricName).collect();
    let named = query.metrics.filter(|metrics| !metrics.is_empty()).unwrap_or(people);
    let asked = settle((&caller, &front, &shared), whose, numbers, ("metrics", Some(named)), GroupBy::Agent).await?;
    let Asked { question, envelope, .. } = asked;
    let found =
        work(&front, &caller, &question, move |desk, by, question| desk.scorecard(by, user.0, question)).await?;
    let metric = |Line { metric, cell, team_median, people }: &Line| ScorecardMetric {
        value: present::value(*metric, cell),
        team_median: *team_median,
        team_people: *people,
    };
    let rating = |rating: &app::analytics::scorecard::LowRating| ScorecardRating {
        conversation_id: rating.conversation_id.into(),
        number: rating.number.into(),
        episode: rating.episode,
        at: rating.at.into(),
        score: rating.score,
        comment: rating.comment.clone(),
        positions: rating.positions.iter().map(|pos| (*pos).into()).collect(),
    };
    let data = ScorecardData {
        user: user_summary(&front, user.0),
        metrics: found.lines.iter().map(metric).collect(),
        slowest_replies: found.slowest_replies.iter().map(present::drilled).collect(),
        reopened: found.reopened.iter().map(present::drilled).collect(),
        lowest_ratings: found.lowest_ratings.iter().map(rating).collect(),
    };
    Ok(Found(Scorecard::of(envelope, data)))
}
