-- First response time: one for each episode in which the customer wrote and a person answered. Needs messages.sql.
--
--   frt_total = first answer - first message of the customer
--   frt_agent = first answer - the later of that message and the bot's handing over
--
-- Reports look at episode 1 unless all are asked for, and bucket by the moment of the answer.

CREATE OR REPLACE VIEW frt AS
SELECT
    first.conversation_id,
    first.episode,
    first.message_id,
    -- Of the answer: `GET /v1/events/{pos}` shows it.
    first.pos,
    first.author_id AS responder_id,
    first.at_ms AS answered_ms,
    first.at_ms - first.t0_ms AS frt_total_ms,
    -- What was answered before the bot said so was not its to hand over.
    first.at_ms - CASE
        WHEN handoffs.version < first.counts_version AND handoffs.at_ms <= first.at_ms
            THEN greatest(first.t0_ms, handoffs.at_ms)
        ELSE first.t0_ms
    END AS frt_agent_ms
FROM first_responses first
LEFT JOIN handoffs USING (conversation_id, episode)
WHERE first.look = 'today';

-- As `GET /v1/analytics/summary?metrics=frt,frt_total` has it.
CREATE OR REPLACE VIEW frt_summary AS
SELECT lengths(list(frt_agent_ms)) AS frt, lengths(list(frt_total_ms)) AS frt_total
FROM frt
WHERE episode = 1;
