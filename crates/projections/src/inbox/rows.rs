//! All rows of the inbox, by slot, in what of them differs: ids of people, teams, brands and channels by number, and times by how far
//! they are from one another. Slots count up in the order in which conversations were opened.

use domain::conversation::{Priority, Status};
use domain::event::conversation::Origin;
use domain::id_map::IdMap;
use domain::ids::*;
use domain::packed::{Field, Pages};
use domain::paged::NO_SLOT;
use domain::sla::book::State;
use domain::time::{MaybeTimestamp, Millis, Timestamp};

use super::row::{BOT_RUNNING, Row};

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub(super) struct Rows {
    rows: Pages<Kept>,
    ids: Ids,
}

/// Ids that many rows have: each has a number, from 1 in the order in which they came. 0 is none.
#[derive(Debug, Clone, Default)]
struct Ids {
    ids: Vec<u128>,
    numbers: IdMap<u128, u32>,
}

/// How far a moment is from another one. It may be absent, which is [`i64::MIN`], as in [`MaybeTimestamp`].
#[derive(Debug, Clone, Copy)]
struct MaybeFrom(i64);

/// A slot, or [`NO_SLOT`].
#[derive(Debug, Clone, Copy)]
struct MaybeSlot(u32);

domain::packed! {
    /// What is kept of a row. The id is first, so that it is found without the rest.
    #[derive(Debug, Clone, Copy)]
    struct Kept {
        id: u128,
        contact: u128,
        channel: u32,
        brand: u32,
        assignee: u32,
        team: u32,
        created_at: Timestamp,
        /// From its creation.
        last_activity: Millis,
        /// From the last activity; all others too.
        last_message: MaybeFrom,
        snoozed_until: MaybeFrom,
        waiting_since: MaybeFrom,
        resolved: MaybeFrom,
        /// From its creation.
        first_response: MaybeFrom,
        bot_runs: bool,
        bot: MaybeFrom,
        sla_due: MaybeFrom,
        last_message_pos: u64,
        /// How many positions before the last message.
        last_inbound: u64,
        last_outbound: u64,
        version: u32,
        episode: u32,
        tag_set: u32,
        pool: u32,
        previous_of_contact: MaybeSlot,
        thread: u32,
        number: u32,
        status: Status,
        priority: Priority,
        origin: Origin,
        sla_state: Option<State>,
    }
}

impl Rows {
    pub(super) fn len(&self) -> u32 {
        self.rows.len()
    }

    /// The row in a slot that is taken.
    pub(super) fn at(&self, slot: u32) -> Row {
        self.ids.row(&self.rows.at(slot))
    }

    pub(super) fn get(&self, slot: u32) -> Option<Row> {
        self.rows.get(slot).map(|kept| self.ids.row(&kept))
    }

    /// Whose slot it is.
    pub(super) fn id(&self, slot: u32) -> ConversationId {
        ConversationId::from_u128(self.rows.id(slot))
    }

    pub(super) fn push(&mut self, row: Row) -> u32 {
        self.rows.push(self.ids.kept(&row))
    }

    pub(super) fn set(&mut self, slot: u32, row: &Row) {
        self.rows.set(slot, self.ids.kept(row));
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Row> {
        self.from(0)
    }

    /// Rows from a slot on.
    pub(super) fn from(&self, slot: u32) -> impl Iterator<Item = Row> {
        self.rows.from(slot).map(|kept| self.ids.row(&kept))
    }

    /// See [`Pages::pack`].
    pub(super) fn pack(&mut self) {
        self.rows.pack();
    }
}

impl Ids {
    fn number(&mut self, id: u128) -> u32 {
        if id == 0 {
            return 0;
        }
        *self.numbers.entry(id).or_insert_with(|| {
            self.ids.push(id);
            self.ids.len() as u32
        })
    }

    fn id(&self, number: u32) -> u128 {
        number.checked_sub(1).map_or(0, |place| self.ids[place as usize])
    }

    fn kept(&mut self, row: &Row) -> Kept {
        let (created, active) = (row.created_at, row.last_activity_at);
        let bot_runs = row.bot == BOT_RUNNING;
        Kept {
            id: row.id.as_u128(),
            contact: row.contact_id.as_u128(),
            channel: self.number(row.channel_id.as_u128()),
            brand: self.number(row.brand_id.as_u128()),
            assignee: self.number(row.assignee),
            team: self.number(row.team),
            created_at: created,
            last_activity: span(created, active),
            last_message: MaybeFrom::between(active, row.last_message_at),
            snoozed_until: MaybeFrom::between(active, row.snoozed_until),
            waiting_since: MaybeFrom::between(active, row.waiting_since),
            resolved: MaybeFrom::between(active, row.resolved_at),
            first_response: MaybeFrom::between(created, row.first_response_at),
            bot_runs,
            bot: MaybeFrom::between(active, if bot_runs { MaybeTimestamp::NONE } else { row.bot }),
            sla_due: MaybeFrom::between(active, row.sla_due_at),
            last_message_pos: row.last_message_pos,
            last_inbound: row.last_message_pos.wrapping_sub(row.last_inbound_pos),
            last_outbound: row.last_message_pos.wrapping_sub(row.last_outbound_pos),
            version: row.version,
            episode: row.episode,
            tag_set: row.tag_set,
            pool: row.pool,
            previous_of_contact: MaybeSlot(row.previous_of_contact),
            thread: row.thread,
            number: row.number,
            status: row.status,
            priority: row.priority,
            origin: row.origin,
            sla_state: row.sla_state,
        }
    }

    fn row(&self, kept: &Kept) -> Row {
        let created = kept.created_at;
        let active = after(created, kept.last_activity);
        Row {
            id: ConversationId::from_u128(kept.id),
            channel_id: ChannelId::from_u128(self.id(kept.channel)),
            brand_id: BrandId::from_u128(self.id(kept.brand)),
            contact_id: ContactId::from_u128(kept.contact),
            assignee: self.id(kept.assignee),
            team: self.id(kept.team),
            created_at: created,
            last_activity_at: active,
            last_message_at: kept.last_message.after(active),
            snoozed_until: kept.snoozed_until.after(active),
            waiting_since: kept.waiting_since.after(active),
            resolved_at: kept.resolved.after(active),
            first_response_at: kept.first_response.after(created),
            bot: if kept.bot_runs { BOT_RUNNING } else { kept.bot.after(active) },
            last_message_pos: kept.last_message_pos,
            last_inbound_pos: kept.last_message_pos.wrapping_sub(kept.last_inbound),
            last_outbound_pos: kept.last_message_pos.wrapping_sub(kept.last_outbound),
            version: kept.version,
            episode: kept.episode,
            tag_set: kept.tag_set,
            pool: kept.pool,
            previous_of_contact: kept.previous_of_contact.0,
            thread: kept.thread,
            number: kept.number,
            status: kept.status,
            priority: kept.priority,
            origin: kept.origin,
            sla_state: kept.sla_state,
            sla_due_at: kept.sla_due.after(active),
        }
    }
}

fn span(from: Timestamp, to: Timestamp) -> Millis {
    Millis(to.as_millis().wrapping_sub(from.as_millis()))
}

fn after(from: Timestamp, span: Millis) -> Timestamp {
    Timestamp::from_millis(from.as_millis().wrapping_add(span.0))
}

impl MaybeFrom {
    fn between(from: Timestamp, to: MaybeTimestamp) -> Self {
        Self(to.get().map_or(i64::MIN, |to| span(from, to).0))
    }
    fn after(self, from: Timestamp) -> MaybeTimestamp {
        Some(self.0).filter(|far| *far != i64::MIN).map(|far| after(from, Millis(far))).into()
    }
}

domain::packed_as!(MaybeFrom: i64);

/// None: 0.
impl Field for MaybeSlot {
    #[inline]
    fn put(self, out: &mut [u64]) {
        const { assert!(NO_SLOT == u32::MAX) };
        self.0.wrapping_add(1).put(out);
    }
    #[inline]
    fn take(from: &[u64]) -> Self {
        Self(u32::take(from).wrapping_sub(1))
    }
}

/// Numbers follow from the order.
impl borsh::BorshSerialize for Ids {
    fn serialize<W: borsh::io::Write>(&self, out: &mut W) -> borsh::io::Result<()> {
        self.ids.serialize(out)
    }
}
impl borsh::BorshDeserialize for Ids {
    fn deserialize_reader<R: borsh::io::Read>(from: &mut R) -> borsh::io::Result<Self> {
        let ids = Vec::<u128>::deserialize_reader(from)?;
        let numbers = ids.iter().copied().zip(1..).collect();
        Ok(Self { ids, numbers })
    }
}
