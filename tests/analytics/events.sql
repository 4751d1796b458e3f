-- The export as a table. Before this, say where the export is:
--
--     SET VARIABLE export = 'path/to/export';
--
-- and, to see the world as it stood at an earlier position of the log, `SET VARIABLE as_of = 12345;`. Times are milliseconds
-- since 1970 (UTC), as the log has them, so that nothing is rounded. All other files build on this one.

CREATE OR REPLACE TABLE events AS
SELECT
    CAST(sequence AS BIGINT) AS pos,
    type,
    -- A conversation's events have its id here, and their order among themselves in `version`.
    subject,
    CAST(subjectversion AS BIGINT) AS version,
    epoch_ms(CAST("time" AS TIMESTAMP)) AS occurred_ms,
    epoch_ms(CAST(recordedtime AS TIMESTAMP)) AS recorded_ms,
    authtype,
    -- The person who did it, also where a key acted in their name.
    CASE WHEN authtype IN ('user', 'api_key') THEN authid END AS user_id,
    data -> 'facts' AS facts
FROM read_json(
    getvariable('export') || '/events/*/*.ndjson.gz',
    format = 'newline_delimited',
    hive_partitioning = false,
    columns = {
        sequence: 'VARCHAR', type: 'VARCHAR', subject: 'VARCHAR', subjectversion: 'BIGINT', "time": 'VARCHAR',
        recordedtime: 'VARCHAR', authtype: 'VARCHAR', authid: 'VARCHAR', data: 'JSON'
    }
)
WHERE CAST(sequence AS BIGINT) <= coalesce(getvariable('as_of'), 9223372036854775807);

-- The moment at which the figures are true: when the newest event was recorded.
CREATE OR REPLACE VIEW this_moment AS SELECT max(recorded_ms) AS now_ms FROM events;

-- Percentiles by nearest rank: a value that occurred. `percent` is a whole number.
CREATE OR REPLACE MACRO ranked(values_, percent) AS
    list_sort(values_)[greatest((len(values_) * percent + 99) // 100, 1)];

-- `total / n` to the nearest whole, half up: a mean in milliseconds, a share in ten thousandths.
CREATE OR REPLACE MACRO rounded(total, n) AS (2 * total + n) // (2 * n);

-- What a report says of lengths (in milliseconds): seconds, exact to the millisecond.
CREATE OR REPLACE MACRO lengths(values_) AS CASE
    WHEN len(values_) > 0 THEN {
        'count': len(values_),
        'value': rounded(list_sum(values_), len(values_)) / 1000,
        'median': ranked(values_, 50) / 1000,
        'p90': ranked(values_, 90) / 1000,
        'p95': ranked(values_, 95) / 1000,
        'max': list_max(values_) / 1000
    }
END;

-- What a report says of a share.
CREATE OR REPLACE MACRO share(hits, mature_n, immature_n) AS {
    'count': mature_n,
    'value': CASE WHEN mature_n > 0 THEN rounded(hits * 10000, mature_n) / 10000 END,
    'hits': hits,
    'immature_n': immature_n
};
