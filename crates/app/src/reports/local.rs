//! Times as a report writes them: RFC 3339 in the zone that was asked for, with the offset it had at that moment.

use domain::time::Timestamp;
use domain::zone::Zone;

/// `2026-11-26T10:00:00.000+01:00`.
pub(super) fn rfc3339(zone: Zone, at: Timestamp) -> String {
    let (seconds, millis) = (at.as_millis().div_euclid(1_000), at.as_millis().rem_euclid(1_000));
    let local = zone.local(at);
    let offset = (local.and_utc().timestamp() - seconds) / 60;
    let (sign, minutes) = if offset < 0 { ('-', -offset) } else { ('+', offset) };
    let local = local.format("%Y-%m-%dT%H:%M:%S");
    format!("{local}.{millis:03}{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_with_the_offset_of_its_moment() {
        let zone = |name: &str| name.parse::<Zone>().unwrap();
        for (name, utc, local) in [
            ("UTC", "2026-11-26T09:00:00.250Z", "2026-11-26T09:00:00.250+00:00"),
            ("Europe/Madrid", "2026-10-25T00:30:00.000Z", "2026-10-25T02:30:00.000+02:00"),
            ("Europe/Madrid", "2026-10-25T01:30:00.000Z", "2026-10-25T02:30:00.000+01:00"),
            ("America/St_Johns", "2026-11-26T09:00:00.000Z", "2026-11-26T05:30:00.000-03:30"),
        ] {
            let at = Timestamp::parse_rfc3339(utc).unwrap();
            assert_eq!(rfc3339(zone(name), at), local);
            assert_eq!(Timestamp::parse_rfc3339(local), Some(at));
        }
    }
}
