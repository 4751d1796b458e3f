//! Read models folded from events: inbox, counts, directory, outbox.
