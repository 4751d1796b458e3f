//! Which numbers there are: what each counts, by which instant it is bucketed, and to whom it belongs. The catalogue that
//! clients read is made of these very rows.

/// What a number is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Lengths of time.
    Length,
    /// Counts that are averaged.
    Amount,
    /// How many.
    Count,
    /// How many different conversations.
    Distinct,
    /// How many of those that could.
    Share,
    /// How many stand at the end of the time asked about.
    Level,
}

/// The unit of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Seconds,
    Messages,
    Episodes,
    Conversations,
    /// 1 to 5.
    Score,
    /// 0 to 1.
    Ratio,
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    Lower,
    Higher,
    /// Neither is.
    Neither,
}

/// Whose a number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Belongs {
    /// Nobody's: people cannot be told apart by it.
    Nobody,
    /// Whoever replied.
    Replier,
    /// Whoever resolved.
    Resolver,
    /// Whoever had the conversation then.
    Holder,
    /// Whoever did it.
    Doer,
}

/// Where a metric's rows come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Opened,
    FirstResponses,
    Written,
    Resolved,
    Acts,
    Kept,
    Surveyed,
    /// Written and resolved: whoever had a hand in a conversation.
    Handled,
    /// Opened and not yet resolved.
    Standing,
}

macro_rules! metrics {
    ($(
        $(#[$doc:meta])* $metric:ident = $name:literal, $kind:ident, $unit:ident, $better:ident, $source:ident, $belongs:ident,
        closes $closes:literal, $formula:literal, [$($event:literal),*];
    )*) => {
        /// A number.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Metric { $( $(#[$doc])* $metric ),* }

        impl Metric {
            /// All of them, in the order of the catalogue.
            pub const ALL: &'static [Metric] = &[$(Metric::$metric),*];
            /// Its name in the API.
            pub const fn name(self) -> &'static str { match self { $(Metric::$metric => $name),* } }
            pub const fn kind(self) -> Kind { match self { $(Metric::$metric => Kind::$kind),* } }
            pub const fn unit(self) -> Unit { match self { $(Metric::$metric => Unit::$unit),* } }
            pub const fn better(self) -> Better { match self { $(Metric::$metric => Better::$better),* } }
            pub const fn source(self) -> Source { match self { $(Metric::$metric => Source::$source),* } }
            pub const fn belongs(self) -> Belongs { match self { $(Metric::$metric => Belongs::$belongs),* } }
            /// The instant by which it is bucketed, in words.
            pub const fn closes(self) -> &'static str { match self { $(Metric::$metric => $closes),* } }
            /// How it is computed, in words.
            pub const fn formula(self) -> &'static str { match self { $(Metric::$metric => $formula),* } }
            /// Kinds of events it follows from.
            pub const fn events(self) -> &'static [&'static str] { match self { $(Metric::$metric => &[$($event),*]),* } }
        }
    };
}

metrics! {
    /// First response time of people: from the customer, or from when a bot handed over.
    Frt = "frt", Length, Seconds, Lower, FirstResponses, Replier, closes "the first response",
        "First human reply of the episode that did not fail, minus the later of the customer's first message and the hand-over by a bot.",
        ["message.received", "conversation.handed_off", "message.queued", "message.echoed", "message.status_observed"];
    /// First response time as the customer felt it.
    FrtTotal = "frt_total", Length, Seconds, Lower, FirstResponses, Replier, closes "the first response",
        "First human reply of the episode that did not fail, minus the customer's first message.",
        ["message.received", "message.queued", "message.echoed", "message.status_observed"];
    /// First response time in business hours.
    FrtBusiness = "frt_business", Length, Seconds, Lower, FirstResponses, Replier, closes "the first response",
        "Business time from the customer's first message to the first human reply; absent without a calendar.",
        ["message.received", "message.queued", "message.echoed", "message.status_observed"];
    /// How long customers wait for each answer.
    ReplyTime = "reply_time", Length, Seconds, Lower, Written, Replier, closes "the reply",
        "Human reply minus the earliest customer message that was not yet answered.",
        ["message.received", "message.queued", "message.echoed", "message.status_observed"];
    /// Resolution time, the headline.
    Art = "art", Length, Seconds, Lower, Resolved, Resolver, closes "the resolution",
        "Resolution minus the opening of the episode (the customer's first message), of episodes that were resolved neither by themselves nor for a blocked contact nor as spam.",
        ["conversation.opened", "conversation.reopened", "conversation.resolved"];
    /// Resolution time without snoozed and pending time.
    ArtActive = "art_active", Length, Seconds, Lower, Resolved, Resolver, closes "the resolution",
        "Like art, minus the time the episode was snoozed or pending.",
        ["conversation.opened", "conversation.reopened", "conversation.status_changed", "conversation.resolved"];
    /// Resolution time in business hours.
    ArtBusiness = "art_business", Length, Seconds, Lower, Resolved, Resolver, closes "the resolution",
        "Business time of the same interval as art; absent without a calendar.",
        ["conversation.opened", "conversation.reopened", "conversation.resolved"];
    /// How long until a conversation was resolved for the first time.
    FirstResolution = "first_resolution", Length, Seconds, Lower, Resolved, Resolver, closes "the first resolution",
        "Resolution of episode 1 minus its opening.",
        ["conversation.opened", "conversation.resolved"];
    /// How long until a conversation was resolved for good, as far as is known.
    FullResolution = "full_resolution", Length, Seconds, Lower, Resolved, Resolver, closes "the newest resolution",
        "The conversation's newest resolution minus the opening of episode 1; it moves with the next resolution.",
        ["conversation.opened", "conversation.resolved"];
    /// What came in.
    Volume = "volume", Count, Episodes, Neither, Opened, Nobody, closes "the opening",
        "Episodes that began: conversations opened and reopened, by customers or staff.",
        ["conversation.opened", "conversation.reopened"];
    /// What was resolved, the headline.
    Resolved = "resolved", Count, Episodes, Higher, Resolved, Resolver, closes "the resolution",
        "Episodes resolved neither by themselves nor for a blocked contact nor as spam. With auto_resolved and blocked_resolved: every resolution once.",
        ["conversation.resolved"];
    /// What ended by itself.
    AutoResolved = "auto_resolved", Count, Episodes, Neither, Resolved, Resolver, closes "the resolution",
        "Episodes resolved because nothing was written.",
        ["conversation.resolved"];
    /// What ended for a blocked contact, or as spam.
    BlockedResolved = "blocked_resolved", Count, Episodes, Neither, Resolved, Resolver, closes "the resolution",
        "Episodes resolved while the contact was blocked, or called spam by their disposition or a tag.",
        ["conversation.resolved", "contact.blocked"];
    /// What was resolved without an answer.
    Unanswered = "unanswered", Count, Episodes, Lower, Resolved, Resolver, closes "the resolution",
        "Resolved episodes in which the customer wrote and no person answered.",
        ["message.received", "conversation.resolved"];
    /// Conversations somebody worked on.
    Handled = "handled", Distinct, Conversations, Higher, Handled, Doer, closes "the message or the resolution",
        "Different conversations in which somebody wrote to the customer or which they resolved. Sums over people or buckets may count a conversation more than once.",
        ["message.queued", "message.echoed", "conversation.resolved"];
    /// Conversations somebody was given.
    Assigned = "assigned", Distinct, Conversations, Neither, Acts, Doer, closes "the assignment",
        "Different conversations that were assigned to somebody.",
        ["conversation.assigned"];
    /// Conversations somebody did something to.
    Touched = "touched", Distinct, Conversations, Neither, Acts, Doer, closes "the act",
        "Different conversations in which somebody noted, tagged, assigned, set a status or a priority.",
        ["note.added", "conversation.tagged", "conversation.assigned", "conversation.status_changed"];
    /// How many messages a resolution takes.
    MessagesPerResolution = "messages_per_resolution", Amount, Messages, Lower, Resolved, Resolver, closes "the resolution",
        "Public messages of customer and people in the episode, averaged over resolved episodes.",
        ["message.received", "message.queued", "message.echoed", "conversation.resolved"];
    /// First contact resolution.
    Fcr = "fcr", Share, Ratio, Higher, Resolved, Resolver, closes "the first resolution",
        "Of mature first episodes that a person worked on: those whose contact did not ask again within the window after it, on any channel of the brand.",
        ["conversation.resolved", "message.received", "conversation.courtesy_undone", "contact.merged"];
    /// The same by one person alone.
    FcrStrict = "fcr_strict", Share, Ratio, Higher, Resolved, Resolver, closes "the first resolution",
        "Like fcr, and only one person wrote and nobody else had it.",
        ["conversation.resolved", "message.received", "conversation.courtesy_undone", "message.queued", "conversation.assigned"];
    /// What needed nobody.
    Deflection = "deflection", Share, Ratio, Higher, Resolved, Nobody, closes "the resolution",
        "Of resolved episodes: those without a message of a person.",
        ["message.received", "message.queued", "message.echoed", "conversation.resolved"];
    /// What came back.
    ReopenRate = "reopen_rate", Share, Ratio, Lower, Resolved, Resolver, closes "the resolution",
        "Of mature resolved episodes: those reopened within the window after it.",
        ["conversation.resolved", "conversation.reopened"];
    /// What is left to do.
    Backlog = "backlog", Level, Episodes, Lower, Standing, Nobody, closes "the end of the bucket",
        "Episodes that had begun and were not resolved at the end of the bucket; of a team those that began with it.",
        ["conversation.opened", "conversation.reopened", "conversation.resolved"];
    /// Promised first responses.
    SlaFirstResponse = "sla_first_response", Share, Ratio, Higher, Kept, Holder, closes "the end of the promise",
        "Of promises that ended: those kept in time. Cancelled ones are in no share, and counted; so are those that had begun and not ended at the end of the bucket, with whom they began.",
        ["sla.activated", "sla.retargeted", "sla.fulfilled", "sla.cancelled"];
    /// Promised further responses.
    SlaNextResponse = "sla_next_response", Share, Ratio, Higher, Kept, Holder, closes "the end of the promise",
        "Of promises that ended: those kept in time. Cancelled ones are in no share, and counted; so are those that had begun and not ended at the end of the bucket, with whom they began.",
        ["sla.activated", "sla.retargeted", "sla.fulfilled", "sla.cancelled"];
    /// Promised resolutions.
    SlaResolution = "sla_resolution", Share, Ratio, Higher, Kept, Holder, closes "the end of the promise",
        "Of promises that ended: those kept in time. Cancelled ones are in no share, and counted; so are those that had begun and not ended at the end of the bucket, with whom they began.",
        ["sla.activated", "sla.retargeted", "sla.fulfilled", "sla.cancelled"];
    /// Customer satisfaction.
    Csat = "csat", Share, Ratio, Higher, Surveyed, Resolver, closes "the question",
        "Of customers who were asked in the period and answered, whenever they did: those whose newest answer is 4 or 5. Unanswered questions are in no share, and counted.",
        ["csat.sent", "csat.answered"];
    /// How customers rate.
    CsatScore = "csat_score", Amount, Score, Higher, Surveyed, Resolver, closes "the question",
        "The newest answer, 1 to 5, of customers who were asked in the period.",
        ["csat.sent", "csat.answered"];
    /// How many answer.
    CsatResponseRate = "csat_response_rate", Share, Ratio, Higher, Surveyed, Resolver, closes "the question",
        "Of customers who were asked in the period: those who answered, whenever they did.",
        ["csat.sent", "csat.answered"];
}

impl Metric {
    /// The metric of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|metric| metric.name() == name)
    }

    /// The same in business hours, where there is such a metric, else itself.
    pub const fn in_business_hours(self) -> Self {
        match self {
            Self::Frt | Self::FrtTotal => Self::FrtBusiness,
            Self::Art => Self::ArtBusiness,
            other => other,
        }
    }

    /// Whether it says what stands at the end of a time, and so follows from all that was before.
    pub fn stands(self) -> bool {
        matches!(self.source(), Source::Standing | Source::Kept)
    }

    /// Whether people can be told apart by it.
    pub fn of_people(self) -> bool {
        self.belongs() != Belongs::Nobody
    }
}

impl Kind {
    /// Its word in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Length => "duration",
            Self::Amount => "amount",
            Self::Count => "count",
            Self::Distinct => "distinct",
            Self::Share => "share",
            Self::Level => "level",
        }
    }
}
