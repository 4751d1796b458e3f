//! What a support desk is: ids, commands, events, decisions, access table.
