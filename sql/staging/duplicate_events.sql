-- One row per event that is a duplicate of another one: the same event_id in the same source.
-- The newest received_at wins, then the greatest content hash; of rows equal in both any may win, so the first read does.
-- Only rows whose id hash occurs twice (`suspicious_event_ids`, a sort of 8-byte hashes) are compared in full: an exact
-- answer for a fifth of the cost of grouping every id.
WITH candidates AS (
    SELECT
        e.rid,
        e.source_no,
        e.event_id,
        e.received_at,
        content_hash(
            e.account_id, e.actor, e.background, e.channel, e.country, e.currency, e.device, e.event_name, e.ident, e.ident_kind,
            e.occurred_at, e.other_idents, e.properties, e.received_at, e.referrer, e.sequence, e.session_class, e.session_key,
            e.url, e.user_agent, e.utm_campaign, e.utm_medium, e.utm_source, e.value
        ) AS content_hash
    FROM good_events AS e
    JOIN config_files AS f USING (file_no)
    WHERE f.dedupe <> 'none'
      AND hash(e.event_id, e.source_no) IN (SELECT h FROM suspicious_event_ids)
),

ranked AS (
    SELECT
        rid,
        row_number() OVER (
            PARTITION BY source_no, event_id
            ORDER BY received_at DESC NULLS LAST, content_hash DESC, rid
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS place
    FROM candidates
)

SELECT rid
FROM ranked
WHERE place > 1
