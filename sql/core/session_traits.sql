-- by: customer
-- One row per session: the traffic source of its first event that bears one, and its device.
-- Wide columns are fetched for one event per session, never for all.
WITH traffic AS (
    SELECT s.session_no, g.channel_group, g.channel_rule, g.traffic_source, g.traffic_medium, g.campaign
    FROM staged_rows AS e
    JOIN session_spans AS s ON s.traffic_rid = e.rid
    JOIN touch_groups AS g
        ON g.touch_key = touch_key(e.source, e.event_name, e.channel, e.utm_source, e.utm_medium, e.utm_campaign, e.referrer, e.url)
),

devices AS (
    SELECT s.session_no, coalesce(e.device, a.device) AS device
    FROM staged_rows AS e
    JOIN session_spans AS s ON s.device_rid = e.rid
    LEFT JOIN user_agents AS a USING (user_agent)
)

SELECT
    s.session_no,
    k.channel,
    coalesce(t.traffic_source, '(direct)') AS traffic_source,
    coalesce(t.traffic_medium, '(none)') AS traffic_medium,
    t.campaign,
    CASE WHEN t.session_no IS NULL THEN 'Direct' ELSE t.channel_group END AS channel_group,
    CASE WHEN t.session_no IS NULL THEN 'no traffic source' ELSE t.channel_rule END AS channel_rule,
    d.device
FROM session_spans AS s
JOIN event_kinds AS k ON k.kind = kind_of(s.first_code)
LEFT JOIN traffic AS t USING (session_no)
LEFT JOIN devices AS d USING (session_no)
