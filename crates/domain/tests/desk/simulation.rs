//! Playing the past again: with nothing changed, every decision of the desk comes out as it was.

use domain::conversation::Conversation;
use domain::event::StreamId;
use domain::identity::BlindKey;
use domain::ids::ConversationId;
use domain::simulation::command::{Command, commands};
use domain::simulation::identity::{Identity, Replay};
use domain::step::Archive;
use domain::world::World;

use crate::desk::{Desk, Log};

/// The log as it was before a position.
pub(crate) struct Before<'a> {
    pub(crate) log: &'a Log,
    pub(crate) pos: u64,
}

impl Archive for Before<'_> {
    fn conversation(&self, id: ConversationId) -> Option<Conversation> {
        let stream = StreamId::Conversation(id);
        let before = self.log.events.iter().take_while(|event| event.pos < self.pos);
        Conversation::from_stream(before.filter(|event| event.stream == stream))
    }
    fn find(&self, _: BlindKey) -> Option<Vec<u8>> {
        None
    }
}

/// The world before a position, which begins a command, and the commands from there on.
pub(crate) fn split(desk: &Desk, from: u64) -> (World, Vec<Command>, u64) {
    let begins = |pos: &u64| desk.log.causes[*pos as usize - 1].is_none();
    let from = (from.max(1)..=desk.log.events.len() as u64).find(begins).unwrap_or(u64::MAX);
    let mut world = World::new();
    let (before, after): (Vec<_>, Vec<_>) =
        desk.log.events.iter().cloned().zip(desk.log.causes.iter().copied()).partition(|(event, _)| event.pos < from);
    before.iter().for_each(|(event, _)| world.follow(event));
    (world, commands(after), from)
}

/// Makes every decision from a position on again.
pub(crate) fn identity_from(desk: &Desk, from: u64) -> Identity {
    let (world, commands, from) = split(desk, from);
    let archive = Before { log: &desk.log, pos: from };
    let mut replay = Replay::new(world, &archive, &desk.blinder);
    commands.iter().for_each(|command| replay.command(command));
    replay.finish()
}
