-- One row per event that is a duplicate of another one: the same event_id in the same source.
-- The newest received_at wins, then the greatest content hash; of rows equal in both any may win, so the first read does.
WITH ranked AS (
    SELECT
        rid,
        row_number() OVER (
            PARTITION BY source_no, event_id
            ORDER BY received_at DESC NULLS LAST, content_hash DESC, rid
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS place
    FROM candidate_events
    WHERE is_compared
)

SELECT rid
FROM ranked
WHERE place > 1
