-- One row per event whose 8-byte id hash occurs more than once (`suspicious_event_ids`, a sort of hashes): the only ones that can be
-- duplicates. Comparing just these is exact, and cheaper than grouping every id.
SELECT
    e.rid,
    e.source_no,
    e.event_id,
    e.received_at,
    f.dedupe <> 'none' AS is_compared,
    content_hash(
        e.account_id, e.actor, e.background, e.channel, e.country, e.currency, e.device, e.event_name, e.ident, e.ident_kind,
        e.occurred_at, e.other_idents, e.properties, e.received_at, e.referrer, e.sequence, e.session_class, e.session_key,
        e.url, e.user_agent, e.utm_campaign, e.utm_medium, e.utm_source, e.value
    ) AS content_hash
FROM good_events AS e
JOIN config_files AS f USING (file_no)
WHERE hash(e.event_id, e.source_no) IN (SELECT h FROM suspicious_event_ids)
