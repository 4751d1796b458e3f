-- First contact resolution: was the first answer the last the contact needed? Needs art.sql.
--
-- A first episode is mature once its resolution is so long ago that the contact would have come back (`fcr_window_ms` of the
-- settings, 72 hours where nothing is said). It counts where a person wrote in it, and is a success where the contact, on any
-- channel of the brand, wrote nothing but courtesies within that time. Episodes without a person are deflections.

-- The settings as they stand.
CREATE OR REPLACE VIEW metric_settings AS
WITH newest AS (
    SELECT arg_max(facts, pos) AS facts
    FROM events
    WHERE type IN ('workspace.opened', 'workspace.settings_changed')
)
SELECT
    CAST(coalesce(facts -> 'settings' -> 'metrics' ->> 'fcr_window_ms', '259200000') AS BIGINT) AS fcr_window_ms,
    coalesce(CAST(facts -> 'courtesy_keys' AS VARCHAR[]), []) AS courtesy_keys
FROM newest;

-- Contacts that were merged are one, unless that was undone; each points to the one who stands for it.
CREATE OR REPLACE TABLE stands_for AS
WITH RECURSIVE merged AS (
    SELECT facts ->> 'loser_id' AS loser_id, arg_max(facts ->> 'contact_id', pos) AS contact_id
    FROM events
    WHERE type = 'contact.merged'
        AND facts ->> 'merge_id' NOT IN (SELECT facts ->> 'merge_id' FROM events WHERE type = 'contact.merge_undone')
    GROUP BY ALL
),
chain AS (
    SELECT DISTINCT contact_id, contact_id AS standing_id, 0 AS steps FROM conversations
    UNION ALL
    SELECT chain.contact_id, merged.contact_id, chain.steps + 1
    FROM chain
    JOIN merged ON merged.loser_id = chain.standing_id
    WHERE chain.steps < 100
)
SELECT contact_id, arg_max(standing_id, steps) AS standing_id FROM chain GROUP BY contact_id;

CREATE OR REPLACE VIEW fcr AS
WITH asked AS (
    SELECT stands_for.standing_id, homes.at_ms
    FROM homes
    JOIN conversations USING (conversation_id)
    JOIN stands_for USING (contact_id)
    CROSS JOIN metric_settings
    -- A short text at the edge of an episode is what today's list of courtesies says it is, unless somebody said otherwise.
    WHERE homes.author = 'customer'
        AND (homes.undone OR homes.phrase_key IS NULL OR NOT list_contains(courtesy_keys, homes.phrase_key))
),
people AS (
    SELECT conversation_id, episode, count(DISTINCT coalesce(author_id, 'phone app')) AS humans
    FROM counted
    WHERE look = 'today' AND author = 'person'
    GROUP BY ALL
),
given AS (
    SELECT conversation_id, episode, first_owner_id AS owner_id FROM episodes WHERE first_owner_id IS NOT NULL
    UNION
    SELECT episodes.conversation_id, episodes.episode, events.facts ->> 'assignee_id'
    FROM episodes
    JOIN events
        ON events.subject = episodes.conversation_id
        AND events.type = 'conversation.assigned'
        AND events.version BETWEEN episodes.opened_version AND episodes.resolved_version
    WHERE events.facts ->> 'assignee_id' IS NOT NULL
),
owners AS (
    SELECT conversation_id, episode, count(DISTINCT owner_id) AS owners FROM given GROUP BY ALL
),
ended AS (
    SELECT
        art.conversation_id,
        art.episode,
        art.resolved_ms,
        stands_for.standing_id,
        art.resolved_ms + fcr_window_ms AS until_ms,
        coalesce(people.humans, 0) AS humans,
        coalesce(owners.owners, 0) AS owners
    FROM art
    JOIN conversations USING (conversation_id)
    JOIN stands_for USING (contact_id)
    CROSS JOIN metric_settings
    LEFT JOIN people ON people.conversation_id = art.conversation_id AND people.episode = art.episode
    LEFT JOIN owners ON owners.conversation_id = art.conversation_id AND owners.episode = art.episode
),
judged AS (
    SELECT
        ended.*,
        until_ms <= now_ms AS mature,
        humans = 0 AS deflection,
        EXISTS (
            SELECT 1
            FROM asked
            WHERE asked.standing_id = ended.standing_id AND asked.at_ms > ended.resolved_ms AND asked.at_ms <= ended.until_ms
        ) AS came_back
    FROM ended
    CROSS JOIN this_moment
)
SELECT
    conversation_id,
    episode,
    resolved_ms,
    mature,
    deflection,
    CASE WHEN mature AND NOT deflection AND episode = 1 THEN NOT came_back END AS fcr,
    CASE WHEN mature AND NOT deflection AND episode = 1 THEN NOT came_back AND humans = 1 AND owners <= 1 END AS fcr_strict
FROM judged;

-- As `GET /v1/analytics/summary?metrics=fcr,fcr_strict,deflection` has it.
CREATE OR REPLACE VIEW fcr_summary AS
WITH counts AS (
    SELECT
        count(fcr) AS mature_n,
        count(*) FILTER (WHERE episode = 1 AND NOT deflection AND NOT mature) AS immature_n,
        count(*) FILTER (WHERE fcr) AS good_n,
        count(*) FILTER (WHERE fcr_strict) AS strict_n,
        count(*) FILTER (WHERE deflection) AS deflected_n,
        count(*) AS resolved_n
    FROM fcr
)
SELECT
    share(good_n, mature_n, immature_n) AS fcr,
    share(strict_n, mature_n, immature_n) AS fcr_strict,
    share(deflected_n, resolved_n, 0) AS deflection
FROM counts;
