//! What people write: long enough to weigh what messages weigh, and with the words that the desk's rules look for.

use super::random::Random;

const OPENINGS: [&str; 8] = [
    "Hello, could you tell me where my order {} is? It was due yesterday and the tracking page has not moved since.",
    "Hi! I was charged twice for {} and would like a refund, please.",
    "The parcel with {} arrived broken, what can we do about it?",
    "Good morning, is {} back in stock in blue? I need two of them by Friday.",
    "I would like to change the delivery address of {}, is that still possible?",
    "How do I return {}? The label in the box does not scan.",
    "My appointment {} has to be moved, do you have something next week in the afternoon?",
    "Can somebody explain the invoice for {}? There is a line on it that I do not know.",
];
const FOLLOW_UPS: [&str; 8] = [
    "It says delivered, but nobody here has received anything.",
    "Yes, that is the number. The name on it is my husband's.",
    "I sent a photo by mail as well, in case that helps.",
    "And how long would that take?",
    "Understood. What do I have to do for it?",
    "No, the other one, with the longer cable.",
    "I have tried that twice now and it still does not work.",
    "Could you please check again with the carrier?",
];
const ANSWERS: [&str; 8] = [
    "I am sorry about that. Let me look into it, one moment please.",
    "I have found it: the parcel left our warehouse on Monday and should arrive tomorrow before noon.",
    "Thank you for waiting. I have asked the carrier and will write as soon as they answer.",
    "Could you tell me the number on the label and the name it was sent to?",
    "That is possible, I have changed it for you. You will get a confirmation by mail.",
    "The amount goes back to your card today; depending on the bank it takes three to five days.",
    "I understand. I have put it down as urgent and a colleague from the workshop will call you.",
    "Yes, we have it in blue. Shall I put two aside for you until Friday?",
];
const NOTES: [&str; 4] = [
    "Called the carrier, they look for it until tomorrow.",
    "Second time this month, please be generous.",
    "Refund is approved by finance.",
    "Wants to be called after five.",
];
pub(super) const TAGS: [&str; 10] =
    ["delivery", "refund", "damaged", "stock", "address", "return", "appointment", "invoice", "vip", "complaint"];
pub(super) const DISPOSITIONS: [&str; 4] = ["answered", "refunded", "replaced", "no answer needed"];

pub(super) fn opening(random: &mut Random) -> String {
    let number = format!("A-{:06}", random.below(1_000_000));
    random.of(&OPENINGS).replace("{}", &number)
}

pub(super) fn follow_up(random: &mut Random) -> String {
    (*random.of(&FOLLOW_UPS)).to_owned()
}

pub(super) fn answer(random: &mut Random) -> String {
    (*random.of(&ANSWERS)).to_owned()
}

pub(super) fn note(random: &mut Random) -> String {
    (*random.of(&NOTES)).to_owned()
}
