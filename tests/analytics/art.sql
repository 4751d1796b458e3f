-- Resolution time: one for each episode that was resolved. Needs messages.sql.
--
--   res_total  = resolution - beginning: the customer's first message, or the opening where that was earlier (by staff)
--   res_active = the same without the time the conversation was pending or snoozed
--
-- The headline (ART) leaves out what was resolved by itself, what contacts wrote who were blocked by then, and what was called spam
-- (by its disposition or a tag it had when it was resolved); those are counted apart. It is bucketed by the resolution.

-- Pending and snoozed times: each ends with whatever status comes next.
CREATE OR REPLACE VIEW pauses AS
WITH statuses AS (
    SELECT subject AS conversation_id, version, occurred_ms AS at_ms, facts ->> 'to' AS status
    FROM events
    WHERE type = 'conversation.status_changed'
    UNION ALL
    SELECT conversation_id, version, at_ms, CASE WHEN is_over THEN 'resolved' ELSE 'open' END FROM lifecycle
),
steps AS (
    SELECT
        *,
        lead(at_ms) OVER (PARTITION BY conversation_id ORDER BY version) AS until_ms
    FROM statuses
)
SELECT conversation_id, version, greatest(until_ms - at_ms, 0) AS paused_ms
FROM steps
WHERE status IN ('pending', 'snoozed') AND until_ms IS NOT NULL;

CREATE OR REPLACE VIEW art AS
WITH asked AS (
    SELECT conversation_id, episode, min(at_ms) AS at_ms
    FROM counted
    WHERE look = 'resolution' AND author = 'customer'
    GROUP BY ALL
),
begun AS (
    SELECT
        episodes.*,
        -- Once it is answered, the beginning stands.
        least(episodes.opened_ms, coalesce(first.t0_ms, asked.at_ms, episodes.opened_ms)) AS begun_ms
    FROM episodes
    LEFT JOIN asked USING (conversation_id, episode)
    LEFT JOIN first_responses first
        ON first.conversation_id = episodes.conversation_id
        AND first.episode = episodes.episode
        AND first.look = 'resolution'
    WHERE episodes.resolved_version IS NOT NULL
),
paused AS (
    SELECT begun.conversation_id, begun.episode, sum(pauses.paused_ms) AS ms
    FROM begun
    JOIN pauses
        ON pauses.conversation_id = begun.conversation_id
        AND pauses.version BETWEEN begun.opened_version AND begun.resolved_version
    GROUP BY ALL
),
blocks AS (
    SELECT subject AS contact_id, pos, type = 'contact.blocked' AS blocked
    FROM events
    WHERE type IN ('contact.blocked', 'contact.unblocked')
),
spam_tags AS (
    SELECT subject AS conversation_id, version, facts ->> 'tag' AS tag, type = 'conversation.tagged' AS is_set
    FROM events
    WHERE type IN ('conversation.tagged', 'conversation.untagged') AND lower(facts ->> 'tag') = 'spam'
),
tagged AS (
    SELECT begun.conversation_id, begun.episode, spam_tags.tag, arg_max(spam_tags.is_set, spam_tags.version) AS is_set
    FROM begun
    JOIN spam_tags
        ON spam_tags.conversation_id = begun.conversation_id
        AND spam_tags.version < begun.resolved_version
    GROUP BY ALL
),
spam AS (
    SELECT conversation_id, episode FROM tagged WHERE is_set
    UNION
    SELECT begun.conversation_id, begun.episode
    FROM begun
    JOIN events ON events.pos = begun.resolved_pos
    WHERE lower(events.facts ->> 'disposition') = 'spam'
),
people AS (
    SELECT DISTINCT conversation_id, episode FROM counted WHERE look = 'today' AND author = 'person'
)
SELECT
    begun.conversation_id,
    begun.episode,
    begun.resolved_ms,
    begun.resolver_id,
    begun.team_id,
    CASE
        WHEN coalesce(blocks.blocked, false) OR spam.conversation_id IS NOT NULL THEN 'blocked'
        WHEN begun.cause = 'inactivity' THEN 'automatic'
        ELSE 'ordinary'
    END AS ending,
    greatest(begun.resolved_ms - begun.begun_ms, 0) AS res_total_ms,
    greatest(greatest(begun.resolved_ms - begun.begun_ms, 0) - coalesce(paused.ms, 0), 0) AS res_active_ms,
    people.conversation_id IS NULL AS without_people
FROM begun
JOIN conversations USING (conversation_id)
ASOF LEFT JOIN blocks ON blocks.contact_id = conversations.contact_id AND begun.resolved_pos >= blocks.pos
LEFT JOIN paused ON paused.conversation_id = begun.conversation_id AND paused.episode = begun.episode
LEFT JOIN spam ON spam.conversation_id = begun.conversation_id AND spam.episode = begun.episode
LEFT JOIN people ON people.conversation_id = begun.conversation_id AND people.episode = begun.episode;

-- As `GET /v1/analytics/summary?metrics=art,art_active` has it.
CREATE OR REPLACE VIEW art_summary AS
SELECT
    lengths(list(res_total_ms) FILTER (WHERE ending = 'ordinary')) AS art,
    lengths(list(res_active_ms) FILTER (WHERE ending = 'ordinary')) AS art_active,
    count(*) FILTER (WHERE ending = 'automatic') AS auto_resolved,
    count(*) FILTER (WHERE ending = 'blocked') AS blocked_resolved
FROM art;
