//! Hours in which nobody is written to, by the clock where they are. A number says in which country it is, no more: where a
//! country has several clocks, it is quiet as long as it is on any of them.

use serde::{Deserialize, Serialize};

use chrono::{Days, NaiveTime, Timelike};

use crate::outbound_content::FieldError;
use crate::time::Timestamp;
use crate::zone::Zone;

/// Minutes of a day.
const DAY: u16 = 24 * 60;
/// A country's clocks are at most a day apart, so the end of the quiet on one is looked at on the others a few times.
const ROUNDS_MAX: usize = 8;

/// Whose clock counts.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum QuietZone {
    /// The contact's, by their number; the named one where it does not say.
    Contact,
    /// The named one, for everybody.
    Fixed,
}

/// See the module. From the one minute of the day to the other, over midnight if that is earlier.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub struct QuietHours {
    pub zone: QuietZone,
    /// A name of the IANA database.
    pub time_zone: String,
    pub from_minute: u16,
    pub to_minute: u16,
}

/// By calling code. What is not here has the named zone.
const ZONES: &[(&str, &[&str])] = &[
    ("1", &["America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"]),
    ("20", &["Africa/Cairo"]),
    ("212", &["Africa/Casablanca"]),
    ("234", &["Africa/Lagos"]),
    ("254", &["Africa/Nairobi"]),
    ("27", &["Africa/Johannesburg"]),
    ("30", &["Europe/Athens"]),
    ("31", &["Europe/Amsterdam"]),
    ("32", &["Europe/Brussels"]),
    ("33", &["Europe/Paris"]),
    ("34", &["Europe/Madrid", "Atlantic/Canary"]),
    ("351", &["Europe/Lisbon", "Atlantic/Azores"]),
    ("353", &["Europe/Dublin"]),
    ("358", &["Europe/Helsinki"]),
    ("36", &["Europe/Budapest"]),
    ("380", &["Europe/Kyiv"]),
    ("39", &["Europe/Rome"]),
    ("40", &["Europe/Bucharest"]),
    ("41", &["Europe/Zurich"]),
    ("420", &["Europe/Prague"]),
    ("43", &["Europe/Vienna"]),
    ("44", &["Europe/London"]),
    ("45", &["Europe/Copenhagen"]),
    ("46", &["Europe/Stockholm"]),
    ("47", &["Europe/Oslo"]),
    ("48", &["Europe/Warsaw"]),
    ("49", &["Europe/Berlin"]),
    ("51", &["America/Lima"]),
    ("52", &["America/Mexico_City", "America/Tijuana", "America/Cancun"]),
    ("54", &["America/Argentina/Buenos_Aires"]),
    ("55", &["America/Sao_Paulo", "America/Manaus", "America/Rio_Branco"]),
    ("56", &["America/Santiago"]),
    ("57", &["America/Bogota"]),
    ("58", &["America/Caracas"]),
    ("593", &["America/Guayaquil"]),
    ("60", &["Asia/Kuala_Lumpur"]),
    ("61", &["Australia/Sydney", "Australia/Brisbane", "Australia/Adelaide", "Australia/Perth"]),
    ("62", &["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"]),
    ("63", &["Asia/Manila"]),
    ("64", &["Pacific/Auckland"]),
    ("65", &["Asia/Singapore"]),
    ("66", &["Asia/Bangkok"]),
    ("7", &["Europe/Kaliningrad", "Europe/Moscow", "Asia/Yekaterinburg", "Asia/Novosibirsk", "Asia/Vladivostok"]),
    ("77", &["Asia/Almaty"]),
    ("81", &["Asia/Tokyo"]),
    ("82", &["Asia/Seoul"]),
    ("84", &["Asia/Ho_Chi_Minh"]),
    ("852", &["Asia/Hong_Kong"]),
    ("86", &["Asia/Shanghai"]),
    ("880", &["Asia/Dhaka"]),
    ("90", &["Europe/Istanbul"]),
    ("91", &["Asia/Kolkata"]),
    ("92", &["Asia/Karachi"]),
    ("94", &["Asia/Colombo"]),
    ("966", &["Asia/Riyadh"]),
    ("971", &["Asia/Dubai"]),
    ("972", &["Asia/Jerusalem"]),
];

impl QuietHours {
    /// Until when somebody is not written to; `None`: they may be now. `market`: of their number, see [`crate::market`].
    pub fn until(&self, market: Option<&str>, now: Timestamp) -> Option<Timestamp> {
        let mut at = now;
        let zones = self.zones(market);
        for _ in 0..ROUNDS_MAX {
            let Some(end) = zones.iter().filter_map(|zone| self.ends(*zone, at)).max() else { break };
            at = end;
        }
        (at > now).then_some(at)
    }

    fn zones(&self, market: Option<&str>) -> Vec<Zone> {
        let of_market = |market: &str| ZONES.iter().find(|(code, _)| *code == market).map(|(_, zones)| *zones);
        match (self.zone, market.and_then(of_market)) {
            (QuietZone::Contact, Some(zones)) => zones.iter().filter_map(|name| name.parse().ok()).collect(),
            _ => vec![self.time_zone.parse().unwrap_or(Zone::UTC)],
        }
    }

    /// When the quiet that is on this clock ends.
    fn ends(&self, zone: Zone, at: Timestamp) -> Option<Timestamp> {
        let local = zone.local(at);
        let minute = (local.hour() * 60 + local.minute()) as u16;
        let (from, to) = (self.from_minute, self.to_minute);
        let over_midnight = from > to;
        let quiet = if over_midnight { minute >= from || minute < to } else { minute >= from && minute < to };
        if !quiet {
            return None;
        }
        let day = if over_midnight && minute >= from { local.date() + Days::new(1) } else { local.date() };
        let end =
            day.and_time(NaiveTime::from_num_seconds_from_midnight_opt(u32::from(to) * 60, 0).unwrap_or_default());
        Some(Timestamp::from_seconds(zone.begins(end)))
    }

    pub(super) fn errors(&self) -> Vec<FieldError> {
        let wrong = |name: &str, code, detail: &str| FieldError {
            pointer: format!("/quiet_hours/{name}"),
            code,
            detail: detail.to_owned(),
        };
        let mut errors = Vec::new();
        if self.time_zone.parse::<Zone>().is_err() {
            errors.push(wrong("time_zone", "unknown_value", "not a name of the IANA time zone database"));
        }
        if self.from_minute >= DAY || self.to_minute >= DAY {
            errors.push(wrong("from", "out_of_range", "a time of the day"));
        } else if self.from_minute == self.to_minute {
            errors.push(wrong("to", "not_allowed", "must differ from the beginning: some time must be left"));
        }
        errors
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn night(zone: QuietZone) -> QuietHours {
        QuietHours { zone, time_zone: "Europe/Madrid".to_owned(), from_minute: 21 * 60, to_minute: 9 * 60 }
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn a_night_goes_over_midnight() {
        let fixed = night(QuietZone::Fixed);
        let morning = Some(at("2026-11-24T09:00:00+01:00"));
        assert_eq!(fixed.until(None, at("2026-11-23T21:00:00+01:00")), morning);
        assert_eq!(fixed.until(Some("81"), at("2026-11-24T08:59:59+01:00")), morning);
        assert_eq!(fixed.until(None, at("2026-11-24T09:00:00+01:00")), None);
        assert_eq!(fixed.until(None, at("2026-11-24T20:59:59+01:00")), None);
    }

    #[test]
    fn it_is_the_night_of_where_the_number_is_and_of_all_its_clocks() {
        let theirs = night(QuietZone::Contact);
        assert_eq!(theirs.until(Some("81"), at("2026-11-24T13:00:00+01:00")), Some(at("2026-11-25T09:00:00+09:00")));
        // Nine in New York is six in Los Angeles.
        assert_eq!(theirs.until(Some("1"), at("2026-11-24T09:00:00-05:00")), Some(at("2026-11-24T09:00:00-08:00")));
        assert_eq!(theirs.until(None, at("2026-11-24T13:00:00+01:00")), None, "the named one where nothing says");
    }

    #[test]
    fn every_zone_there_is_has_a_name_and_every_code_is_one() {
        for (code, zones) in ZONES {
            assert!(crate::market::is_market(code), "{code}");
            zones.iter().for_each(|zone| assert!(zone.parse::<Zone>().is_ok(), "{zone}"));
        }
    }
}
