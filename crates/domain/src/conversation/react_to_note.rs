//! A colleague's sign under a note.

use super::note;
use crate::event::StreamId;
use crate::event::note::NoteReacted;
use crate::ids::*;
use crate::outbound_content::EMOJI_MAX;
use crate::rejection::Rejection;
use crate::step::Step;

/// Different signs under one note at most.
pub const REACTIONS_MAX: usize = 20;

/// Puts a sign under a note, or takes it back. Asking for what already is does nothing.
pub fn react(step: &mut Step<'_>, id: NoteId, user_id: UserId, emoji: &str, there: bool) -> Result<(), Rejection> {
    if !is_emoji(emoji) {
        return Err(Rejection::Invalid { field: "emoji", detail: "one emoji".to_owned() });
    }
    let (conversation_id, note) = note::find(step, id)?;
    note.stands("reacted to")?;
    let is_there = note.reactions.get(emoji).is_some_and(|users| users.contains(&user_id));
    if is_there == there {
        return Ok(());
    }
    if there && !note.reactions.contains_key(emoji) && note.reactions.len() >= REACTIONS_MAX {
        return Err(Rejection::Invalid { field: "emoji", detail: format!("at most {REACTIONS_MAX} different ones") });
    }
    let event = NoteReacted { conversation_id, note_id: id, user_id, emoji: emoji.to_owned(), removed: !there };
    step.emit(StreamId::Conversation(conversation_id), event);
    Ok(())
}

/// Whether a text is made of pictures and what joins them. The fact is readable for ever, so words have no place in it;
/// which pictures belong together as one is left to the clients.
fn is_emoji(text: &str) -> bool {
    let picture = |c: char| {
        matches!(c,
            '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{3030}' | '\u{303d}'
            | '\u{3297}' | '\u{3299}' | '\u{20e3}' | '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{27bf}'
            | '\u{2934}'..='\u{2935}' | '\u{2b00}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
    };
    // Joiner, variant, the tags of regional flags, and the keys `#`, `*`, `0` to `9` under a keycap.
    let joint = |c: char| matches!(c, '\u{200d}' | '\u{fe0f}' | '\u{e0020}'..='\u{e007f}');
    let keycap = text.ends_with('\u{20e3}') && text.chars().count() <= 3;
    let key = |c: char| keycap && matches!(c, '#' | '*' | '0'..='9');
    text.chars().count() <= EMOJI_MAX
        && text.chars().any(picture)
        && text.chars().all(|c| picture(c) || joint(c) || key(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emojis_are_told_from_words() {
        for emoji in ["👍", "👍🏽", "❤️", "✅", "👩‍👩‍👧‍👦", "🏳️‍🌈", "🇪🇸", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "1️⃣", "#️⃣", "™", "〰️"]
        {
            assert!(is_emoji(emoji), "{emoji}");
        }
        for word in [
            "",
            "ok",
            "1",
            "🙂!",
            "né",
            "谢谢",
            "\u{200d}",
            "a\u{20e3}",
            "+34 611 22",
            "👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍",
        ] {
            assert!(!is_emoji(word), "{word}");
        }
    }
}
