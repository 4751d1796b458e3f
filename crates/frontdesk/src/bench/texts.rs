//! Texts as many as are wanted, in several scripts, with words as unevenly common as they are in life: the second most common
//! half as often as the first, and so on (Zipf).

use crate::generate::random::Random;

/// Words of a language.
const WORDS: usize = 40_000;

/// Scripts with the syllables their words are made of.
const LANGUAGES: [&[&str]; 6] = [
    &["ca", "sa", "lo", "mi", "ción", "pe", "do", "ra", "en", "ví", "to", "que", "ñan", "tra", "ble"],
    &["the", "or", "der", "pa", "cel", "ing", "re", "fund", "ship", "ment", "ly", "con", "ta", "ble", "un"],
    &["ge", "schä", "lie", "fer", "ung", "stel", "be", "rück", "zahl", "ver", "größe", "en", "ab", "zu", "ein"],
    &["за", "каз", "до", "став", "ка", "не", "при", "шёл", "по", "сыл", "воз", "врат", "ный", "ли", "где"],
    &["ال", "طل", "بي", "أين", "وص", "مت", "دف", "عة", "شح", "نة", "مر", "تج", "عي", "رق", "مي"],
    &["我", "的", "订", "单", "在", "哪", "里", "请", "退", "款", "北", "京", "发", "货", "什"],
];

pub(super) struct Texts {
    random: Random,
    /// How many of all words are at most as rare, by rank.
    shares: Vec<f64>,
}

impl Texts {
    pub(super) fn new(seed: u64) -> Self {
        let mut sum = 0.0;
        let mut shares: Vec<f64> = (1..=WORDS)
            .map(|rank| {
                sum += 1.0 / rank as f64;
                sum
            })
            .collect();
        shares.iter_mut().for_each(|share| *share /= sum);
        Self { random: Random::new(seed), shares }
    }

    /// The next text: 3 to 24 words of one language, now and then with a number.
    pub(super) fn next(&mut self) -> String {
        let language = self.random.below(LANGUAGES.len());
        let gap = if language == 5 { "" } else { " " };
        let count = 3 + self.random.below(11) + self.random.below(11);
        let mut words: Vec<String> = Vec::with_capacity(count + 1);
        for _ in 0..count {
            let share = self.random.share();
            let rank = self.shares.partition_point(|known| *known < share);
            words.push(word(language, rank.min(WORDS - 1)));
        }
        if self.random.chance(0.15) {
            words.push(format!(" {:07}", self.random.below(10_000_000)));
        }
        words.join(gap)
    }
}

/// The word of a rank: rarer ones are longer.
pub(super) fn word(language: usize, rank: usize) -> String {
    let syllables = LANGUAGES[language % LANGUAGES.len()];
    let mut rest = rank + syllables.len();
    let mut word = String::new();
    while rest > 0 {
        word.push_str(syllables[rest % syllables.len()]);
        rest /= syllables.len();
    }
    word
}
