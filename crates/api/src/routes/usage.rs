//! What was used, and what it cost at the rates that held.

use std::collections::BTreeMap;

use domain::access::Action;
use domain::calendar::Month;
use domain::ids;
use projections::usage::{Meter, RateTable};

use crate::answer::Found;
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::usage::*;
use crate::endpoint::Endpoint;
use crate::extract::Query;
use crate::front::Front;
use crate::openapi::Tag;
use crate::problem::{Kind, Problem};

/// Months of one question at most.
const MONTHS_MAX: i64 = 36;
/// Rows of one answer at most.
const ROWS_MAX: usize = 10_000;
/// The market of a recipient whose country is not known.
const UNKNOWN: &str = "unknown";

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/v1/usage", "get_usage", usage)
            .about(Tag::Billing, "Get what was used")
            .description(
                "Months are calendar months in UTC. A message counts once, in the month in which the provider first said \
                 that it arrived, under the category the provider gave it.",
            )
            .needs(Action::BillingRead)
            .refuses(&[Kind::Unprocessable]),
        Endpoint::get("/v1/usage-costs", "get_usage_costs", costs)
            .about(Tag::Billing, "Get what billable messages cost")
            .description(
                "Billable messages at the rate of the currency's card that held in their month. Volume tiers and credits \
                 are the provider's business and not in it; what the card has no rate for is shown apart.",
            )
            .needs(Action::BillingRead)
            .refuses(&[Kind::Unprocessable, Kind::NotFound]),
    ]
}

/// The months asked about.
fn period(shared: &Shared, from: Option<&String>, to: Option<&String>) -> Result<(Month, Month), Problem> {
    let month = |text: &String| text.parse::<Month>().map_err(|_| Problem::parameter("from", "wrong-form", "no month"));
    let from = from.map_or(Ok(Month::of(shared.now())), month)?;
    let to = to.map_or(Ok(from), month)?;
    let length = to.months_since(from);
    if !(0..MONTHS_MAX).contains(&length) {
        return Err(
            Problem::new(Kind::Unprocessable).detail(format!("`to` must be 0 to {} months later", MONTHS_MAX - 1))
        );
    }
    Ok((from, to))
}

type Group = (Option<Month>, Option<ids::ChannelId>, Option<String>, Option<String>);

async fn usage(
    caller: Caller,
    front: Front,
    shared: Shared,
    Query(query): Query<UsageQuery>,
) -> Result<Found<Usage>, Problem> {
    front.allow(&caller.principal, Action::BillingRead)?;
    let (from, to) = period(&shared, query.from.as_ref(), query.to.as_ref())?;
    let by = query.group_by.filter(|by| !by.is_empty());
    let by = by.unwrap_or_else(|| vec![UsageGroup::Month, UsageGroup::Channel, UsageGroup::Category]);
    let (groups, traffic, workspace, as_of) = front.view(|views| {
        let mut groups: BTreeMap<Group, (u64, u64)> = BTreeMap::new();
        for (meter, count) in views.usage.meters(from, to) {
            let (billable, free) = groups.entry(group(meter, &by)).or_default();
            *if meter.billable { billable } else { free } += count;
        }
        let traffic: Vec<_> = views.usage.traffic(from, to).collect();
        let workspace: Vec<_> = views.usage.presence(from, to).collect();
        (groups, traffic, workspace, views.position())
    });
    bounded(groups.len().max(traffic.len()))?;
    let messages = groups.into_iter().map(|((month, channel, category, market), (billable, free))| MessageUsage {
        month: month.map(|month| month.to_string()),
        channel_id: channel.map(Into::into),
        category,
        market,
        billable: billable.into(),
        free: free.into(),
    });
    let traffic = traffic.into_iter().map(|(month, channel, traffic)| Traffic {
        month: month.to_string(),
        channel_id: channel.into(),
        messages_in: traffic.messages_in.into(),
        messages_out: traffic.messages_out.into(),
        conversations_opened: traffic.conversations_opened.into(),
    });
    let workspace = workspace.into_iter().map(|(month, presence)| WorkspaceUsage {
        month: month.to_string(),
        active_users: presence.active_users.into(),
        stored_bytes: presence.stored_bytes.into(),
    });
    Ok(Found(Usage {
        from: from.to_string(),
        to: to.to_string(),
        messages: messages.collect(),
        traffic: traffic.collect(),
        workspace: workspace.collect(),
        as_of: as_of.into(),
    }))
}

fn group(meter: &Meter, by: &[UsageGroup]) -> Group {
    let wanted = |group| by.contains(&group);
    (
        wanted(UsageGroup::Month).then_some(meter.month),
        wanted(UsageGroup::Channel).then_some(meter.channel_id),
        wanted(UsageGroup::Category).then(|| meter.category.clone()),
        wanted(UsageGroup::Market).then(|| market(meter)),
    )
}

fn market(meter: &Meter) -> String {
    meter.market.clone().unwrap_or_else(|| UNKNOWN.to_owned())
}

fn bounded(rows: usize) -> Result<(), Problem> {
    if rows <= ROWS_MAX {
        return Ok(());
    }
    let detail = format!("the answer would have more than {ROWS_MAX} rows; ask about fewer months or groups");
    Err(Problem::new(Kind::Unprocessable).detail(detail))
}

async fn costs(
    caller: Caller,
    front: Front,
    shared: Shared,
    Query(query): Query<UsageCostQuery>,
) -> Result<Found<UsageCosts>, Problem> {
    let (from, to) = period(&shared, query.from.as_ref(), query.to.as_ref())?;
    let (_, rates) = front.rate_card(&caller.principal, &query.currency.0)?;
    let rates = RateTable::new(rates);
    let (meters, as_of) = front.view(|views| {
        let billable = views.usage.meters(from, to).filter(|(meter, _)| meter.billable);
        (billable.map(|(meter, count)| (meter.clone(), count)).collect::<Vec<_>>(), views.position())
    });
    bounded(meters.len())?;
    let (mut costs, mut unpriced, mut total) = (Vec::new(), Vec::new(), 0u64);
    for (meter, count) in meters {
        let (month, market) = (meter.month.to_string(), market(&meter));
        let channel_id = meter.channel_id.into();
        match rates.price(meter.market.as_deref(), &meter.category, meter.month) {
            Some(price_micros) => {
                let cost = count.saturating_mul(price_micros);
                total = total.saturating_add(cost);
                costs.push(UsageCost {
                    month,
                    channel_id,
                    category: meter.category,
                    market,
                    messages: count.into(),
                    price_micros,
                    cost_micros: cost.into(),
                });
            }
            None => {
                let category = meter.category;
                unpriced.push(UnpricedUsage { month, channel_id, category, market, messages: count.into() });
            }
        }
    }
    Ok(Found(UsageCosts {
        currency: query.currency,
        from: from.to_string(),
        to: to.to_string(),
        costs,
        unpriced,
        total_micros: total.into(),
        as_of: as_of.into(),
    }))
}
