-- Conversations, their episodes, and the messages that count in them: what response times and resolutions are made of.
-- Needs events.sql.
--
-- A customer's message counts unless it came from a blocked contact, was a courtesy after the resolution, or answered a survey.
-- A person's message counts unless it failed before it reached the customer, whenever that became known; one typed in the
-- phone app (`message.echoed`) counts, without an author. Notes, reactions and imported history count for nothing. What a bot,
-- a campaign or a survey sent answers nobody.

CREATE OR REPLACE TABLE conversations AS
SELECT
    subject AS conversation_id,
    facts ->> 'contact_id' AS contact_id,
    facts ->> 'brand_id' AS brand_id,
    facts ->> 'channel_id' AS channel_id
FROM events
WHERE type = 'conversation.opened';

-- Where episodes begin and end. Imported conversations begin resolved.
CREATE OR REPLACE TABLE lifecycle AS
SELECT
    subject AS conversation_id,
    version,
    pos,
    occurred_ms AS at_ms,
    type,
    CAST(coalesce(facts ->> 'episode', '1') AS BIGINT) AS episode,
    type = 'conversation.resolved' OR coalesce(facts ->> 'status', '') = 'resolved' AS is_over,
    -- A resolution that was taken back gives the waiting back; their messages go along into the new episode.
    CAST(facts -> 'clocks' ->> 'waiting_since' AS BIGINT) AS waiting_since_ms,
    facts ->> 'cause' AS cause,
    facts ->> 'assignee_id' AS assignee_id,
    facts ->> 'team_id' AS team_id,
    user_id
FROM events
WHERE type IN ('conversation.opened', 'conversation.reopened', 'conversation.resolved');

CREATE OR REPLACE TABLE episodes AS
SELECT
    begun.conversation_id,
    begun.episode,
    begun.version AS opened_version,
    begun.at_ms AS opened_ms,
    begun.assignee_id AS first_owner_id,
    ended.version AS resolved_version,
    ended.pos AS resolved_pos,
    ended.at_ms AS resolved_ms,
    ended.cause,
    ended.user_id AS resolver_id,
    ended.assignee_id,
    ended.team_id
FROM lifecycle begun
LEFT JOIN lifecycle ended
    ON ended.conversation_id = begun.conversation_id
    AND ended.episode = begun.episode
    AND ended.type = 'conversation.resolved'
WHERE begun.type <> 'conversation.resolved';

-- Every message once, as it was written. A provider's clock may run ahead of ours; nobody has waited since the future.
CREATE OR REPLACE TABLE written AS
SELECT
    subject AS conversation_id,
    facts ->> 'message_id' AS message_id,
    version,
    pos,
    least(occurred_ms, recorded_ms) AS at_ms,
    CASE
        WHEN type = 'message.received' THEN 'customer'
        WHEN type = 'message.echoed' THEN 'person'
        WHEN facts -> 'sender' ->> 'type' = 'user' THEN 'person'
        ELSE 'machine'
    END AS author,
    -- Null for the phone app.
    facts -> 'sender' ->> 'id' AS author_id,
    coalesce(facts ->> 'courtesy_after_resolve', 'false') = 'true' AS courtesy,
    facts ->> 'phrase_key' AS phrase_key,
    CASE
        WHEN type = 'message.received' THEN
            -- What was taken for a survey's comment counts once somebody says that it was none.
            coalesce(facts ->> 'blocked', 'false') = 'false' AND (facts ->> 'survey_id' IS NULL OR courtesy)
        ELSE facts ->> 'kind' <> 'reaction'
    END AS may_count
FROM events
WHERE type IN ('message.received', 'message.echoed', 'message.queued') AND may_count;

-- "Thanks" that was more than that after all.
CREATE OR REPLACE TABLE courtesies_undone AS
SELECT facts ->> 'message_id' AS message_id, subject AS conversation_id, version
FROM events
WHERE type = 'conversation.courtesy_undone';

-- The episode each message was written in (0: between two), or that a courtesy which was none has begun.
CREATE OR REPLACE TABLE homes AS
WITH placed AS (
    SELECT written.*, coalesce(undone.version, written.version) AS counts_since_version, undone.version IS NOT NULL AS undone
    FROM written
    LEFT JOIN courtesies_undone undone USING (message_id)
    WHERE NOT courtesy OR undone.version IS NOT NULL
),
began AS (
    SELECT
        placed.*,
        CASE WHEN undone THEN life.episode + 1 WHEN life.is_over THEN 0 ELSE life.episode END AS first_episode
    FROM placed
    ASOF JOIN lifecycle life
        ON placed.conversation_id = life.conversation_id AND placed.counts_since_version >= life.version
),
-- A customer's message that still waited when its episode's resolution was taken back is one of the next episode as well.
moves AS (
    SELECT
        began.message_id,
        next.episode,
        began.author = 'customer' AND coalesce(began.at_ms >= next.waiting_since_ms, false) AS goes_along
    FROM began
    JOIN lifecycle next
        ON next.conversation_id = began.conversation_id
        AND next.type = 'conversation.reopened'
        AND next.episode > began.first_episode
        AND next.version > began.counts_since_version
    WHERE began.first_episode > 0
),
ends AS (
    SELECT message_id, coalesce(min(episode) FILTER (WHERE NOT goes_along) - 1, max(episode)) AS last_episode
    FROM moves
    GROUP BY message_id
)
SELECT began.*, coalesce(ends.last_episode, began.first_episode) AS last_episode
FROM began
LEFT JOIN ends USING (message_id);

-- What became of our messages on their way.
CREATE OR REPLACE TABLE deliveries AS
SELECT
    facts ->> 'message_id' AS message_id,
    version,
    occurred_ms AS at_ms,
    type,
    facts ->> 'status' AS status,
    coalesce(facts ->> 'then', '') = 'fail' AS is_final_refusal
FROM events
WHERE type IN (
    'message.resend_requested', 'message.dispatch_started', 'message.accepted', 'message.refused', 'message.uncertain',
    'message.status_observed'
);

-- Every episode is looked at twice: as it is known today (for response times, which a late failure takes back), and as it was
-- known when it was resolved (for the time that took). A look takes no notice of what comes after its `cut`.
CREATE OR REPLACE TABLE looks AS
SELECT conversation_id, episode, 'today' AS look, 9223372036854775807 AS cut FROM episodes
UNION ALL
SELECT conversation_id, episode, 'resolution', resolved_version FROM episodes WHERE resolved_version IS NOT NULL;

-- The messages of each look that count, with the moment and the order in which they count: one that was sent again counts
-- from then.
CREATE OR REPLACE TABLE counted AS
WITH seen AS (
    SELECT looks.look, looks.cut, looks.episode, homes.* EXCLUDE (first_episode, last_episode)
    FROM looks
    JOIN homes USING (conversation_id)
    WHERE homes.counts_since_version < looks.cut
        AND CASE looks.look
            WHEN 'today' THEN homes.last_episode = looks.episode
            ELSE looks.episode BETWEEN homes.first_episode AND homes.last_episode
        END
),
resent AS (
    SELECT look, episode, message_id, max(deliveries.version) AS version, arg_max(deliveries.at_ms, deliveries.version) AS at_ms
    FROM seen
    JOIN deliveries USING (message_id)
    WHERE deliveries.type = 'message.resend_requested' AND deliveries.version < seen.cut
    GROUP BY look, episode, message_id
),
fates AS (
    SELECT
        seen.look,
        seen.episode,
        message_id,
        bool_or(status IN ('delivered', 'read', 'played')) AS arrived,
        bool_or(status = 'failed') AS reported_failed,
        bool_or(status IN ('sent', 'delivered', 'read', 'played')) AS reported_sent,
        arg_max(is_final_refusal, deliveries.version)
            FILTER (WHERE deliveries.type <> 'message.status_observed') AS refused
    FROM seen
    JOIN deliveries USING (message_id)
    LEFT JOIN resent USING (look, episode, message_id)
    -- What was reported about an attempt before says nothing about the next one.
    WHERE deliveries.version < seen.cut AND deliveries.version > coalesce(resent.version, 0)
    GROUP BY seen.look, seen.episode, message_id
)
SELECT
    seen.look,
    seen.conversation_id,
    seen.episode,
    seen.message_id,
    seen.pos,
    seen.author,
    seen.author_id,
    seen.phrase_key,
    coalesce(resent.at_ms, seen.at_ms) AS at_ms,
    coalesce(resent.version, seen.version) AS counts_version
FROM seen
LEFT JOIN resent USING (look, episode, message_id)
LEFT JOIN fates USING (look, episode, message_id)
-- Delivered wins over failed whatever the order; failed wins over what came before it.
WHERE seen.author = 'customer'
    OR coalesce(fates.arrived, false)
    OR NOT (
        coalesce(fates.reported_failed, false)
        OR (coalesce(fates.refused, false) AND NOT coalesce(fates.reported_sent, false))
    );

-- When a bot handed each episode over to people; only the first time counts.
CREATE OR REPLACE TABLE handoffs AS
SELECT
    subject AS conversation_id,
    CAST(facts ->> 'episode' AS BIGINT) AS episode,
    min(version) AS version,
    arg_min(occurred_ms, version) AS at_ms
FROM events
WHERE type = 'conversation.handed_off'
GROUP BY ALL;

-- The first response of each look: the first message of a person that is not older than what the customer had written by
-- then. `t0` is the earliest of that; an older message that arrives after the answer no longer moves it.
CREATE OR REPLACE TABLE first_responses AS
WITH running AS (
    SELECT
        *,
        min(at_ms) FILTER (WHERE author = 'customer') OVER (
            PARTITION BY look, conversation_id, episode
            ORDER BY counts_version
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS t0_ms
    FROM counted
)
SELECT *
FROM running
WHERE author = 'person' AND at_ms >= t0_ms
QUALIFY row_number() OVER (PARTITION BY look, conversation_id, episode ORDER BY counts_version) = 1;
