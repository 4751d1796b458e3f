//! How many people an hour needs (Erlang C): customers come by themselves at an even rate, each takes as long as others do on
//! the whole, and whoever finds nobody free waits.
//!
//! With `A = arrivals per hour × handle time in hours` (the traffic, in erlangs) and `n` people, `n > A`:
//!
//! - blocked with `n` lines (Erlang B): `B(0) = 1`, `B(k) = A·B(k-1) / (k + A·B(k-1))`
//! - must wait (Erlang C): `C = B(n) / (1 - (A/n)·(1 - B(n)))`
//! - answered within `t`: `1 - C·e^(-(n - A)·t/h)`, where `h` is the handle time
//! - wait on average: `C·h / (n - A)`
//!
//! What it leaves out: nobody gives up waiting, so it asks for a little more than is needed; every hour stands for itself,
//! so what is left of the hour before is not in it; whoever writes with several customers at once is several people here.

/// People beyond whom nothing is counted.
pub const AGENTS_MAX: u32 = 10_000;

/// What an hour brings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    pub arrivals_per_hour: f64,
    pub handle_s: f64,
}

/// What is wanted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// So many of those who come, from 0 to 1 and less than 1 …
    pub share: f64,
    /// … are answered within so many seconds.
    pub within_s: f64,
    /// And nobody is busy for more of their time than this.
    pub occupancy_max: f64,
}

/// How many it takes, and how it is with them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Staffing {
    pub agents: u32,
    /// Answered in time, from 0 to 1.
    pub service_level: f64,
    /// Of everybody's time, how much they are busy.
    pub occupancy: f64,
    /// On average, of all who come.
    pub wait_s: f64,
}

/// How many who come must wait, of 1. 1 where there are not enough people for ever.
pub fn must_wait(traffic: f64, agents: u32) -> f64 {
    let n = f64::from(agents);
    if n <= traffic {
        return 1.0;
    }
    // By recursion: factorials leave the range of numbers at 171 people.
    let blocked = (1..=agents).fold(1.0, |blocked, k| traffic * blocked / (f64::from(k) + traffic * blocked));
    blocked / (1.0 - traffic / n * (1.0 - blocked))
}

/// How it is with so many people; `None`: the queue grows without end.
pub fn with_agents(load: Load, within_s: f64, agents: u32) -> Option<Staffing> {
    let traffic = load.arrivals_per_hour * load.handle_s / 3_600.0;
    let spare = f64::from(agents) - traffic;
    if traffic <= 0.0 {
        return Some(Staffing { agents, service_level: 1.0, occupancy: 0.0, wait_s: 0.0 });
    }
    if spare <= 0.0 {
        return None;
    }
    let waits = must_wait(traffic, agents);
    Some(Staffing {
        agents,
        service_level: 1.0 - waits * (-spare * within_s / load.handle_s).exp(),
        occupancy: traffic / f64::from(agents),
        wait_s: waits * load.handle_s / spare,
    })
}

/// The fewest people with whom the target is met; nobody where nobody comes. `None`: more than [`AGENTS_MAX`].
pub fn required(load: Load, target: Target) -> Option<Staffing> {
    let traffic = load.arrivals_per_hour * load.handle_s / 3_600.0;
    if traffic <= 0.0 {
        return with_agents(load, target.within_s, 0);
    }
    let least = (traffic / target.occupancy_max).ceil().max(1.0);
    if least > f64::from(AGENTS_MAX) {
        return None;
    }
    let candidates = (least as u32..=AGENTS_MAX).filter_map(|agents| with_agents(load, target.within_s, agents));
    let meets = |found: &Staffing| found.service_level >= target.share && found.occupancy <= target.occupancy_max;
    let mut meeting = candidates.filter(meets);
    meeting.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 200 an hour, three minutes each: ten erlangs. The table that Erlang C is usually shown with.
    const TEXTBOOK: Load = Load { arrivals_per_hour: 200.0, handle_s: 180.0 };

    fn near(value: f64, expected: f64, by: f64) {
        assert!((value - expected).abs() <= by, "{value} is not {expected}");
    }

    #[test]
    fn known_values_of_erlang_c_come_out() {
        for (agents, waits, level) in
            [(11, 0.682, 0.390), (12, 0.449, 0.640), (13, 0.285, 0.796), (14, 0.174, 0.888), (15, 0.102, 0.942)]
        {
            near(must_wait(10.0, agents), waits, 0.001);
            near(with_agents(TEXTBOOK, 20.0, agents).unwrap().service_level, level, 0.001);
        }
        let with_14 = with_agents(TEXTBOOK, 20.0, 14).unwrap();
        near(with_14.wait_s, 7.8, 0.1);
        near(with_14.occupancy, 0.714, 0.001);
        // One person: the share that waits is the traffic itself.
        near(must_wait(0.5, 1), 0.5, 1e-12);
        near(must_wait(1.0, 2), 1.0 / 3.0, 1e-12);
    }

    #[test]
    fn the_fewest_who_meet_the_target_are_asked_for() {
        let target = Target { share: 0.8, within_s: 20.0, occupancy_max: 1.0 };
        assert_eq!(required(TEXTBOOK, target).unwrap().agents, 14);
        assert_eq!(required(TEXTBOOK, Target { share: 0.79, ..target }).unwrap().agents, 13);
        // Not busier than half of the time.
        assert_eq!(required(TEXTBOOK, Target { occupancy_max: 0.5, ..target }).unwrap().agents, 20);
        let nobody = Load { arrivals_per_hour: 0.0, ..TEXTBOOK };
        assert_eq!(required(nobody, target).unwrap().agents, 0);
    }

    #[test]
    fn too_few_people_are_no_answer_and_too_many_are_none() {
        assert_eq!((with_agents(TEXTBOOK, 20.0, 10), must_wait(10.0, 10)), (None, 1.0));
        let target = Target { share: 0.8, within_s: 20.0, occupancy_max: 1.0 };
        let flood = Load { arrivals_per_hour: 1e9, handle_s: 600.0 };
        assert_eq!(required(flood, target), None);
        // Thousands of people stay within the range of numbers.
        let many = required(Load { arrivals_per_hour: 60_000.0, handle_s: 180.0 }, target).unwrap();
        assert!((3_000..3_100).contains(&many.agents) && many.service_level >= 0.8, "{many:?}");
    }
}
