-- Resolution time: one for each episode that was resolved. Needs messages.sql.
--
--   res_total  = resolution - beginning: the customer's first message, or the opening where that was earlier (by staff)
--   res_active = the same without the time the conversation was pending or snoozed
--
-- The headline (ART) leaves out what was resolved by itself; that is counted apart. It is bucketed by the resolution.

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
people AS (
    SELECT DISTINCT conversation_id, episode FROM counted WHERE look = 'today' AND author = 'person'
)
SELECT
    begun.conversation_id,
    begun.episode,
    begun.resolved_ms,
    begun.resolver_id,
    begun.team_id,
    begun.cause = 'inactivity' AS by_itself,
    greatest(begun.resolved_ms - begun.begun_ms, 0) AS res_total_ms,
    greatest(greatest(begun.resolved_ms - begun.begun_ms, 0) - coalesce(paused.ms, 0), 0) AS res_active_ms,
    people.conversation_id IS NULL AS without_people
FROM begun
LEFT JOIN paused USING (conversation_id, episode)
LEFT JOIN people ON people.conversation_id = begun.conversation_id AND people.episode = begun.episode;

CREATE OR REPLACE VIEW art_summary AS
SELECT
    count(*) FILTER (WHERE NOT by_itself) AS count,
    sum(res_total_ms) FILTER (WHERE NOT by_itself) AS sum_ms,
    sum(res_total_ms) FILTER (WHERE NOT by_itself) / nullif(count(*) FILTER (WHERE NOT by_itself), 0) / 1000 AS mean_seconds,
    count(*) FILTER (WHERE by_itself) AS by_itself
FROM art;
