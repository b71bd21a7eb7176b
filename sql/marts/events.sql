-- by: customer
-- rows: many
-- order: late
-- parts: rid
-- One row per accepted event: as it was read, with the customer, session, journey and stage it belongs to.
-- Wide columns are read once, here and last; everything before works on narrow numbers.
-- It is written when all that can be without it is: memory is then free for its joins.
WITH session_labels AS (
    SELECT k.session_no, k.session_id, t.channel_group
    FROM session_keys AS k
    JOIN session_traits AS t USING (session_no)
),

placed AS (
    -- the kind of an event that bears no traffic source, which alone decides its channel group outside sessions
    SELECT rid, ck, pos, session_no, journey_no, stage_rank, CASE WHEN (code >> 15) & 1 = 0 THEN kind_of(code) END AS plain_kind
    FROM event_places
    UNION ALL
    SELECT rid, ck, NULL, NULL, NULL, NULL, NULL FROM later_events
)

SELECT
    coalesce(n.event_id, e.event_id) AS event_id,
    e.source,
    e.channel,
    e.event_name,
    CASE WHEN m.rid IS NULL THEN e.actor ELSE 'machine' END AS actor,
    e.occurred_at,
    p.pos - c.events_before + 1 AS position,
    c.customer_id,
    e.account_id,
    sl.session_id,
    jk.journey_id,
    s.stage,
    CASE WHEN p.plain_kind IS NULL THEN g.channel_group ELSE coalesce(sl.channel_group, g.channel_group) END AS channel_group,
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
JOIN customer_places AS c ON c.ck = p.ck
LEFT JOIN numbered_ids AS n ON n.rid = e.rid
LEFT JOIN touch_groups AS g
    ON g.touch_key = CASE
        WHEN p.plain_kind IS NULL
            THEN touch_key(e.source, e.event_name, e.channel, e.utm_source, e.utm_medium, e.utm_campaign, e.referrer, e.url)
        ELSE p.plain_kind::UBIGINT
    END
LEFT JOIN session_labels AS sl ON sl.session_no = p.session_no
LEFT JOIN journey_keys AS jk ON jk.journey_no = p.journey_no
LEFT JOIN config_stages AS s ON s.stage_rank = p.stage_rank
LEFT JOIN user_agents AS a ON a.user_agent = e.user_agent
LEFT JOIN machine_events AS m ON m.rid = e.rid
