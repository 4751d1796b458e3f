-- Customer satisfaction: of the surveys sent, what was answered. Needs events.sql.
--
-- The cohort is the surveys *sent*, by the moment of sending; an answer counts for the survey it answers, and a later one (the
-- customer changed their mind) replaces the one before. 4 and 5 are satisfied.

CREATE OR REPLACE VIEW csat AS
WITH answers AS (
    SELECT
        facts ->> 'survey_id' AS survey_id,
        CAST(arg_max(facts ->> 'score', pos) AS BIGINT) AS score,
        arg_max(occurred_ms, pos) AS answered_ms
    FROM events
    WHERE type = 'csat.answered'
    GROUP BY ALL
)
SELECT
    events.facts ->> 'survey_id' AS survey_id,
    events.facts ->> 'conversation_id' AS conversation_id,
    CAST(events.facts ->> 'episode' AS BIGINT) AS episode,
    events.facts ->> 'resolver_id' AS resolver_id,
    events.facts ->> 'team_id' AS team_id,
    events.occurred_ms AS sent_ms,
    answers.score,
    answers.answered_ms
FROM events
LEFT JOIN answers ON answers.survey_id = events.facts ->> 'survey_id'
WHERE events.type = 'csat.sent';

CREATE OR REPLACE VIEW csat_summary AS
SELECT
    count(*) AS sent,
    count(score) AS answered,
    count(*) FILTER (WHERE score >= 4) AS satisfied,
    count(*) FILTER (WHERE score >= 4) / nullif(count(score), 0) AS csat,
    avg(score) AS mean,
    count(score) / nullif(count(*), 0) AS response_rate,
    [
        count(*) FILTER (WHERE score = 1), count(*) FILTER (WHERE score = 2), count(*) FILTER (WHERE score = 3),
        count(*) FILTER (WHERE score = 4), count(*) FILTER (WHERE score = 5)
    ] AS distribution
FROM csat;

-- As `GET /v1/analytics/summary?metrics=csat,csat_score,csat_response_rate` has it.
CREATE OR REPLACE VIEW csat_headlines AS
WITH counts AS (
    SELECT
        count(*) AS sent_n,
        count(score) AS answered_n,
        count(*) FILTER (WHERE score >= 4) AS satisfied_n,
        list(score * 1000) FILTER (WHERE score IS NOT NULL) AS scores
    FROM csat
)
SELECT
    share(satisfied_n, answered_n, 0) AS csat,
    lengths(scores) AS csat_score,
    share(answered_n, sent_n, 0) AS csat_response_rate
FROM counts;
