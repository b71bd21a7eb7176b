-- One row per accepted event: as it was read, with the customer, session, journey and stage it belongs to.
-- Wide columns are read once, here and last; everything before works on narrow numbers.
WITH session_labels AS (
    SELECT k.session_no, k.session_id, t.channel_group
    FROM session_keys AS k
    JOIN session_traits AS t USING (session_no)
),

placed AS (
    SELECT rid, ck, pos, session_no, journey_no, stage_rank, (code >> 15) & 1 = 1 AS bears_traffic FROM event_places
    UNION ALL
    SELECT rid, ck, NULL, NULL, NULL, NULL, true FROM later_events
)

SELECT
    coalesce(n.event_id, e.event_id) AS event_id,
    e.source,
    e.channel,
    e.event_name,
    CASE WHEN m.rid IS NULL THEN e.actor ELSE 'machine' END AS actor,
    e.occurred_at,
    p.pos AS position,
    c.customer_id,
    e.account_id,
    sl.session_id,
    jk.journey_id,
    s.stage,
    CASE
        WHEN p.bears_traffic THEN channel_group_of(
            e.channel, e.event_name, e.utm_source, e.utm_medium, e.utm_campaign, external_referrer(e.referrer, e.url)
        )
        ELSE coalesce(sl.channel_group, channel_group_of(e.channel, e.event_name, NULL, NULL, NULL, NULL))
    END AS channel_group,
    e.utm_campaign AS campaign,
    e.utm_source AS traffic_source,
    e.utm_medium AS traffic_medium,
    e.url,
    e.path,
    e.referrer,
    coalesce(e.device, a.device) AS device,
    a.browser,
    e.country,
    e.value,
    e.currency,
    e.received_at,
    CASE
        WHEN m.rid IS NULL AND e.actor IS DISTINCT FROM 'machine' THEN e.flags
        ELSE list_concat(e.flags, list_transform(
            list_concat(m.rules, CASE WHEN e.actor = 'machine' THEN ['vendor'] END), lambda r: concat('machine:', r)
        ))
    END AS flags,
    e.properties::JSON AS properties
FROM staged_rows AS e
JOIN placed AS p ON p.rid = e.rid
JOIN customer_numbers AS c ON c.ck = p.ck
LEFT JOIN numbered_ids AS n ON n.rid = e.rid
LEFT JOIN session_labels AS sl ON sl.session_no = p.session_no
LEFT JOIN journey_keys AS jk ON jk.journey_no = p.journey_no
LEFT JOIN config_stages AS s ON s.stage_rank = p.stage_rank
LEFT JOIN user_agents AS a ON a.user_agent = e.user_agent
LEFT JOIN machine_events AS m ON m.rid = e.rid
