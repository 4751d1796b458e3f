//! What a message cost at the time, from the rates of one card.

use std::collections::BTreeMap;

use domain::billing::ANY_MARKET;
use domain::calendar::{Date, Month};
use domain::event::billing::Rate;

/// Rates by market and category, each with the days from which they hold.
#[derive(Debug, Default)]
pub struct RateTable {
    rates: BTreeMap<(String, String), BTreeMap<Date, u64>>,
}

impl RateTable {
    pub fn new(rates: impl IntoIterator<Item = Rate>) -> Self {
        let mut table = Self::default();
        for rate in rates {
            let of = table.rates.entry((rate.market, rate.category)).or_default();
            of.insert(rate.valid_from, rate.price_micros);
        }
        table
    }

    /// Millionths for one message of a month; `None` where no rate held then. A market's own rate goes before the one for
    /// all others.
    pub fn price(&self, market: Option<&str>, category: &str, month: Month) -> Option<u64> {
        let own = market.and_then(|market| self.held(market, category, month));
        own.or_else(|| self.held(ANY_MARKET, category, month))
    }

    fn held(&self, market: &str, category: &str, month: Month) -> Option<u64> {
        let of = self.rates.get(&(market.to_owned(), category.to_owned()))?;
        of.range(..=month.first_day()).next_back().map(|(_, price)| *price)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_of_the_market_that_held_at_the_time_counts() {
        let rate = |market: &str, day: &str, price_micros| Rate {
            market: market.to_owned(),
            category: "marketing".to_owned(),
            valid_from: day.parse().unwrap(),
            price_micros,
        };
        let table = RateTable::new([
            rate("49", "2026-04-01", 110_000),
            rate("49", "2026-10-01", 113_100),
            rate(ANY_MARKET, "2026-07-01", 60_000),
        ]);
        let price = |market, month: &str| table.price(market, "marketing", month.parse().unwrap());
        assert_eq!(price(Some("49"), "2026-03"), None);
        assert_eq!(price(Some("49"), "2026-09"), Some(110_000));
        assert_eq!(price(Some("49"), "2026-10"), Some(113_100));
        assert_eq!(price(Some("34"), "2026-10"), Some(60_000));
        assert_eq!(price(None, "2026-06"), None);
        assert_eq!(table.price(Some("49"), "utility", "2026-10".parse().unwrap()), None);
    }
}
