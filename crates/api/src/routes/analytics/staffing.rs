//! How many people each hour of the local week needs, by what usually comes and how long it takes.

use domain::staffing::{self, Load, Target};
use domain::time::{Millis, Timestamp};
use domain::zone::Zone;
use projections::analytics::bucket::hour_of_week;

use super::*;

/// Answered so soon where nothing else is asked for.
const WITHIN_SECONDS: u32 = 60;
/// So many of a hundred.
const SERVICE_LEVEL_PERCENT: u8 = 80;
/// Nobody is busy for more of a hundred minutes.
const OCCUPANCY_MAX_PERCENT: u8 = 85;

pub(super) fn endpoint() -> Endpoint {
    Endpoint::get("/v1/analytics/staffing", "get_staffing", staffing)
        .about(Tag::Analytics, "See how many people each hour of the week needs")
        .description(
            "By Erlang C, from the mean of what began in each local hour of the period and how long an episode takes somebody: \
             traffic is arrivals per hour times handle time in hours, and so many people are the fewest with whom the share \
             asked for is answered in time and nobody is busier than asked for. The handle time is what you say, or measured: \
             from one thing somebody does to the next (a message, a resolution), at most five minutes each, over the episodes \
             they had a hand in. Not in it: customers who give up, what an hour leaves to the next, people who write with \
             several customers at once (`concurrency` divides the handle time by as many). Hours of which the period has none \
             are null.",
        )
        .needs(Action::AnalyticsRead)
        .refuses(&[Kind::Unprocessable, Kind::PositionGone])
}

async fn staffing(
    caller: Caller,
    front: Front,
    shared: Shared,
    Both(numbers, query): Both<NumbersQuery, StaffingQuery>,
) -> Result<Found<Staffing>, Problem> {
    let named = Some(vec![MetricName(Metric::Volume)]);
    let asked = settle((&caller, &front, &shared), Whose::Reach, numbers, ("metrics", named), GroupBy::Nothing).await?;
    let Asked { question, zone, envelope } = asked;
    let measured = work(&front, &caller, &question, |desk, by, question| desk.handle_time(by, question)).await?;
    let cells = cells(&front, &caller, &question, Axis::Week(zone), None).await?;
    let concurrency = query.concurrency.unwrap_or(1);
    let asked_s = query.handle_seconds.map(f64::from);
    let handle_s = asked_s.or(measured.seconds()).map(|seconds| seconds / f64::from(concurrency));
    let within_s = query.within_seconds.unwrap_or(WITHIN_SECONDS);
    let percent = query.service_level_percent.unwrap_or(SERVICE_LEVEL_PERCENT);
    let busy = query.occupancy_max_percent.unwrap_or(OCCUPANCY_MAX_PERCENT);
    let target = Target {
        share: f64::from(percent) / 100.0,
        within_s: f64::from(within_s),
        occupancy_max: f64::from(busy) / 100.0,
    };
    let hours = hours_in(question.from, question.to, zone);
    let hour = |place: u32| {
        let came = cells.get(GroupKey::Everything, place).map_or(0, |cells| cells[0].count);
        let weeks = hours[place as usize];
        let arrivals = (weeks > 0).then(|| came as f64 / f64::from(weeks));
        let load = arrivals.zip(handle_s).map(|(arrivals_per_hour, handle_s)| Load { arrivals_per_hour, handle_s });
        let needed = load.and_then(|load| staffing::required(load, target));
        StaffingHour {
            weekday: WEEKDAYS[place as usize / 24],
            hour: place % 24,
            hours_observed: weeks,
            arrivals_per_hour: arrivals.map(rounded),
            agents: needed.map(|needed| needed.agents),
            service_level: needed.map(|needed| rounded(needed.service_level)),
            occupancy: needed.map(|needed| rounded(needed.occupancy)),
            wait_seconds: needed.map(|needed| rounded(needed.wait_s)),
        }
    };
    let data = StaffingData {
        handle_seconds: handle_s.map(rounded),
        handle_measured: asked_s.is_none(),
        handle_episodes: measured.episodes.into(),
        concurrency,
        within_seconds: within_s,
        service_level_percent: percent,
        occupancy_max_percent: busy,
        hours: (0..168).map(hour).collect(),
    };
    Ok(Found(Staffing::of(envelope, data)))
}

fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

/// How many of each hour of the local week lie in the period: real hours, so that the one the clocks show twice counts twice.
fn hours_in(from: Timestamp, to: Timestamp, zone: Zone) -> [u32; 168] {
    let mut hours = [0; 168];
    let mut at = from;
    while at < to {
        hours[hour_of_week(at, zone) as usize % 168] += 1;
        at = at + Millis::hours(1);
    }
    hours
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_real_hour_of_a_period_counts_once() {
        let at = |text: &str| Timestamp::parse_rfc3339(text).expect("a time");
        let zone: Zone = "Europe/Madrid".parse().expect("a zone");
        let week = hours_in(at("2026-11-22T23:00:00Z"), at("2026-11-29T23:00:00Z"), zone);
        assert!(week.iter().all(|count| *count == 1));
        // Clocks go back on the 25th of October at 03:00.
        let autumn = hours_in(at("2026-10-18T22:00:00Z"), at("2026-10-25T23:00:00Z"), zone);
        assert_eq!((autumn.iter().sum::<u32>(), autumn[6 * 24 + 2]), (169, 2));
    }
}
