//! Rows in memory: times from the start of their day, positions from the day's first, lengths in 40 bits (34 years).

use borsh::{BorshDeserialize, BorshSerialize};
use domain::conversation::Priority;
use domain::sla::{Metric, Verdict};
use domain::time::{Millis, Timestamp};

use super::names::No;
use super::rows::*;

/// A row that can be packed. `start`: the first millisecond of its day; `base`: a position not after its own.
pub trait Pack: Row {
    type Packed: Copy + std::fmt::Debug + BorshSerialize + BorshDeserialize;
    fn pack(self, start: i64, base: u64) -> Self::Packed;
    fn unpack(packed: &Self::Packed, start: i64, base: u64) -> Self;
}

/// Positions of one day's rows at most, from its first. Rows that come to be later are said to have come with the last.
#[inline]
fn ahead(pos: u64, base: u64) -> u32 {
    u32::try_from(pos - base).unwrap_or(u32::MAX)
}

/// A length of 40 bits, 0 to 34 years; longer ones end there. All ones: none.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Length([u8; 5]);

const NO_LENGTH: u64 = (1 << 40) - 1;

impl Length {
    #[inline]
    fn of(length: Millis) -> Self {
        Self::some(u64::try_from(length.0).unwrap_or(0).min(NO_LENGTH - 1))
    }
    #[inline]
    fn of_option(length: Option<Millis>) -> Self {
        length.map_or(Self::some(NO_LENGTH), Self::of)
    }
    #[inline]
    fn some(value: u64) -> Self {
        let bytes = value.to_le_bytes();
        Self([bytes[0], bytes[1], bytes[2], bytes[3], bytes[4]])
    }
    #[inline]
    fn get(self) -> Millis {
        let [a, b, c, d, e] = self.0;
        Millis(u64::from_le_bytes([a, b, c, d, e, 0, 0, 0]) as i64)
    }
    #[inline]
    fn get_option(self) -> Option<Millis> {
        Some(self.get()).filter(|length| length.0 as u64 != NO_LENGTH)
    }
}

/// What all packed rows begin with.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy)]
pub(super) struct Head {
    /// Milliseconds of the day.
    at: u32,
    pos: u32,
    slot: u32,
}

impl Head {
    #[inline]
    fn of(row: &impl Row, start: i64, base: u64) -> Self {
        Self { at: (row.at().as_millis() - start) as u32, pos: ahead(row.pos(), base), slot: row.slot().0 }
    }
    #[inline]
    fn at(self, start: i64) -> Timestamp {
        Timestamp::from_millis(start + i64::from(self.at))
    }
    #[inline]
    fn pos(self, base: u64) -> u64 {
        base + u64::from(self.pos)
    }
}

#[inline]
fn small(value: u32) -> u16 {
    u16::try_from(value).unwrap_or(u16::MAX)
}

#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy)]
pub struct PackedOpened {
    head: Head,
    episode: u16,
    team: u16,
    inbound: bool,
}

impl Pack for Opened {
    type Packed = PackedOpened;
    #[inline]
    fn pack(self, start: i64, base: u64) -> PackedOpened {
        let head = Head::of(&self, start, base);
        PackedOpened { head, episode: small(self.episode), team: self.team.0, inbound: self.inbound }
    }
    #[inline]
    fn unpack(packed: &PackedOpened, start: i64, base: u64) -> Self {
        let &PackedOpened { head, episode, team, inbound } = packed;
        let (at, pos, slot) = (head.at(start), head.pos(base), Slot(head.slot));
        Self { at, pos, slot, episode: episode.into(), team: No(team), inbound }
    }
}

#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy)]
pub struct PackedResponse {
    head: Head,
    episode: u16,
    agent: u16,
    team: u16,
    total: Length,
    of_people: Length,
}

impl Pack for FirstResponse {
    type Packed = PackedResponse;
    #[inline]
    fn pack(self, start: i64, base: u64) -> PackedResponse {
        PackedResponse {
            head: Head::of(&self, start, base),
            episode: small(self.episode),
            agent: self.agent.0,
            team: self.team.0,
            total: Length::of(self.total),
            of_people: Length::of(self.of_people),
        }
    }
    #[inline]
    fn unpack(packed: &PackedResponse, start: i64, base: u64) -> Self {
        let &PackedResponse { head, episode, agent, team, total, of_people } = packed;
        Self {
            at: head.at(start),
            pos: head.pos(base),
            slot: Slot(head.slot),
            episode: episode.into(),
            agent: No(agent),
            team: No(team),
            total: total.get(),
            of_people: of_people.get(),
        }
    }
}

#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy)]
pub struct PackedWritten {
    head: Head,
    episode: u16,
    agent: u16,
    team: u16,
    wait: Length,
}

impl Pack for Written {
    type Packed = PackedWritten;
    #[inline]
    fn pack(self, start: i64, base: u64) -> PackedWritten {
        PackedWritten {
            head: Head::of(&self, start, base),
            episode: small(self.episode),
            agent: self.agent.0,
            team: self.team.0,
            wait: Length::of_option(self.wait),
        }
    }
    #[inline]
    fn unpack(packed: &PackedWritten, start: i64, base: u64) -> Self {
        let &PackedWritten { head, episode, agent, team, wait } = packed;
        Self {
            at: head.at(start),
            pos: head.pos(base),
            slot: Slot(head.slot),
            episode: episode.into(),
            agent: No(agent),
            team: No(team),
            wait: wait.get_option(),
        }
    }
}

#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy)]
pub struct PackedResolved {
    head: Head,
    episode: u16,
    resolver: u16,
    assignee: u16,
    team: u16,
    customer_messages: u16,
    human_messages: u16,
    humans: u8,
    owners: u8,
    ending: Ending,
    unanswered: bool,
    total: Length,
    active: Length,
    since_first: Length,
}

impl Pack for Resolved {
    type Packed = PackedResolved;
    #[inline]
    fn pack(self, start: i64, base: u64) -> PackedResolved {
        PackedResolved {
            head: Head::of(&self, start, base),
            episode: small(self.episode),
            resolver: self.resolver.0,
            assignee: self.assignee.0,
            team: self.team.0,
            customer_messages: small(self.customer_messages),
            human_messages: small(self.human_messages),
            humans: u8::try_from(self.humans).unwrap_or(u8::MAX),
            owners: u8::try_from(self.owners).unwrap_or(u8::MAX),
            ending: self.ending,
            unanswered: self.unanswered,
            total: Length::of(self.total),
            active: Length::of(self.active),
            since_first: Length::of(self.since_first),
        }
    }
    #[inline]
    fn unpack(packed: &PackedResolved, start: i64, base: u64) -> Self {
        let head = packed.head;
        Self {
            at: head.at(start),
            pos: head.pos(base),
            slot: Slot(head.slot),
            episode: packed.episode.into(),
            resolver: No(packed.resolver),
            assignee: No(packed.assignee),
            team: No(packed.team),
            ending: packed.ending,
            total: packed.total.get(),
            active: packed.active.get(),
            since_first: packed.since_first.get(),
            unanswered: packed.unanswered,
            customer_messages: packed.customer_messages.into(),
            human_messages: packed.human_messages.into(),
            humans: packed.humans.into(),
            owners: packed.owners.into(),
        }
    }
}

#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy)]
pub struct PackedAct {
    head: Head,
    agent: u16,
    team: u16,
    kind: ActKind,
}

impl Pack for Act {
    type Packed = PackedAct;
    #[inline]
    fn pack(self, start: i64, base: u64) -> PackedAct {
        PackedAct { head: Head::of(&self, start, base), agent: self.agent.0, team: self.team.0, kind: self.kind }
    }
    #[inline]
    fn unpack(packed: &PackedAct, start: i64, base: u64) -> Self {
        let &PackedAct { head, agent, team, kind } = packed;
        let (at, pos, slot) = (head.at(start), head.pos(base), Slot(head.slot));
        Self { at, pos, slot, agent: No(agent), team: No(team), kind }
    }
}

#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy)]
pub struct PackedSurveyed {
    head: Head,
    episode: u16,
    resolver: u16,
    team: u16,
    /// 0: no answer.
    score: u8,
}

impl Pack for Surveyed {
    type Packed = PackedSurveyed;
    #[inline]
    fn pack(self, start: i64, base: u64) -> PackedSurveyed {
        PackedSurveyed {
            head: Head::of(&self, start, base),
            episode: small(self.episode),
            resolver: self.resolver.0,
            team: self.team.0,
            score: self.score.unwrap_or(0),
        }
    }
    #[inline]
    fn unpack(packed: &PackedSurveyed, start: i64, base: u64) -> Self {
        let &PackedSurveyed { head, episode, resolver, team, score } = packed;
        let (at, pos, slot) = (head.at(start), head.pos(base), Slot(head.slot));
        let (resolver, team, score) = (No(resolver), No(team), Some(score).filter(|score| *score > 0));
        Self { at, pos, slot, episode: episode.into(), resolver, team, score }
    }
}

#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy)]
pub struct PackedPromised {
    head: Head,
    n: u16,
    agent: u16,
    team: u16,
    metric: Metric,
}

impl Pack for Promised {
    type Packed = PackedPromised;
    #[inline]
    fn pack(self, start: i64, base: u64) -> PackedPromised {
        let head = Head::of(&self, start, base);
        PackedPromised { head, n: small(self.n), agent: self.agent.0, team: self.team.0, metric: self.metric }
    }
    #[inline]
    fn unpack(packed: &PackedPromised, start: i64, base: u64) -> Self {
        let &PackedPromised { head, n, agent, team, metric } = packed;
        let (at, pos, slot) = (head.at(start), head.pos(base), Slot(head.slot));
        Self { at, pos, slot, metric, n: n.into(), agent: No(agent), team: No(team) }
    }
}

#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy)]
pub struct PackedKept {
    head: Head,
    policy: u16,
    n: u16,
    assignee: u16,
    team: u16,
    began_agent: u16,
    began_team: u16,
    lasted: Length,
    metric: Metric,
    verdict: Verdict,
    priority: Priority,
}

impl Pack for Kept {
    type Packed = PackedKept;
    #[inline]
    fn pack(self, start: i64, base: u64) -> PackedKept {
        let Self { policy, metric, verdict, assignee, team, priority, began_agent, began_team, .. } = self;
        PackedKept {
            head: Head::of(&self, start, base),
            policy: policy.0,
            n: small(self.n),
            assignee: assignee.0,
            team: team.0,
            began_agent: began_agent.0,
            began_team: began_team.0,
            lasted: Length::of(self.lasted),
            metric,
            verdict,
            priority,
        }
    }
    #[inline]
    fn unpack(packed: &PackedKept, start: i64, base: u64) -> Self {
        let &PackedKept { head, policy, assignee, team, metric, verdict, priority, .. } = packed;
        Self {
            at: head.at(start),
            pos: head.pos(base),
            slot: Slot(head.slot),
            policy: No(policy),
            metric,
            n: packed.n.into(),
            verdict,
            assignee: No(assignee),
            team: No(team),
            priority,
            lasted: packed.lasted.get(),
            began_agent: No(packed.began_agent),
            began_team: No(packed.began_team),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_keeps_its_milliseconds_up_to_34_years() {
        for length in [0, 1, 86_400_000, 34 * 365 * 86_400_000_i64] {
            assert_eq!(Length::of(Millis(length)).get(), Millis(length));
        }
        assert_eq!(Length::of(Millis(-5)).get(), Millis(0));
        assert_eq!(Length::of_option(None).get_option(), None);
        assert_eq!(Length::of_option(Some(Millis(7))).get_option(), Some(Millis(7)));
    }
}
