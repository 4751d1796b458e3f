//! Words that say nothing about what a text is about: articles, pronouns, what a question begins with. Folded. Few on
//! purpose: a word that is missed is common in the articles as well, and weighs little for it.

/// Languages that have some.
const LANGUAGES: [&str; 8] = ["en", "es", "pt", "fr", "de", "it", "nl", "ru"];

/// Those of all languages, where nobody says which it is.
pub(crate) fn all() -> impl Iterator<Item = &'static str> {
    LANGUAGES.into_iter().flat_map(|language| of(language).iter().copied())
}

/// Those of a language, by its primary tag.
pub(super) fn of(language: &str) -> &'static [&'static str] {
    match language {
        "en" => &[
            "a", "an", "the", "and", "or", "of", "to", "in", "on", "at", "for", "with", "is", "are", "am", "be", "was",
            "do", "does", "did", "can", "could", "would", "will", "i", "you", "we", "it", "my", "your", "our", "me",
            "this", "that", "what", "which", "how", "please", "hi", "hello", "hey", "s", "m", "im", "if", "have",
            "has",
        ],
        "es" => &[
            "el", "la", "los", "las", "un", "una", "de", "del", "y", "o", "a", "al", "en", "con", "por", "para", "es",
            "son", "que", "cual", "como", "mi", "su", "me", "se", "lo", "le", "yo", "hola", "puedo", "favor", "si",
        ],
        "pt" => &[
            "o", "a", "os", "as", "um", "uma", "de", "do", "da", "dos", "das", "e", "ou", "em", "no", "na", "com",
            "por", "para", "que", "qual", "como", "meu", "minha", "me", "se", "eu", "ola", "oi", "posso", "favor",
        ],
        "fr" => &[
            "le", "la", "les", "l", "un", "une", "des", "du", "de", "d", "et", "ou", "a", "au", "aux", "en", "dans",
            "avec", "pour", "est", "sont", "que", "qu", "quel", "quelle", "comment", "je", "j", "vous", "mon", "ma",
            "mes", "ce", "c", "bonjour", "puis", "il", "y",
        ],
        "de" => &[
            "der", "die", "das", "den", "dem", "des", "ein", "eine", "einen", "und", "oder", "in", "im", "an", "am",
            "auf", "mit", "fur", "von", "zu", "zum", "zur", "ist", "sind", "ich", "sie", "ihr", "wir", "mein", "meine",
            "was", "wie", "welche", "kann", "bitte", "hallo", "es",
        ],
        "it" => &[
            "il", "lo", "la", "i", "gli", "le", "l", "un", "una", "di", "del", "della", "e", "o", "a", "in", "con",
            "per", "che", "come", "quale", "mio", "mia", "mi", "si", "sono", "ciao", "posso", "favore",
        ],
        "nl" => &[
            "de", "het", "een", "en", "of", "van", "in", "op", "met", "voor", "is", "zijn", "ik", "u", "je", "mijn",
            "wat", "hoe", "kan", "hallo", "te", "aan",
        ],
        "ru" => &[
            "и",
            "в",
            "во",
            "на",
            "с",
            "со",
            "к",
            "по",
            "у",
            "о",
            "за",
            "для",
            "не",
            "что",
            "как",
            "какои",
            "какие",
            "я",
            "вы",
            "мы",
            "мои",
            "мне",
            "вас",
            "это",
            "ли",
            "здравствуите",
            "можно",
        ],
        _ => &[],
    }
}
