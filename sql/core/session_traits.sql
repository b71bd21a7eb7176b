-- One row per session: the traffic source of its first event that bears one, and its device.
-- Wide columns are fetched for one event per session, never for all.
WITH traffic AS (
    SELECT s.session_no, e.utm_source, e.utm_medium, e.utm_campaign, external_referrer(e.referrer, e.url) AS referrer_host
    FROM staged_rows AS e
    JOIN session_spans AS s ON s.traffic_rid = e.rid
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
    coalesce(t.utm_source, t.referrer_host, '(direct)') AS traffic_source,
    coalesce(t.utm_medium, CASE WHEN t.utm_source IS NULL AND t.referrer_host IS NOT NULL THEN 'referral' END, '(none)') AS traffic_medium,
    t.utm_campaign AS campaign,
    channel_group_of(k.channel, NULL, t.utm_source, t.utm_medium, t.utm_campaign, t.referrer_host) AS channel_group,
    d.device
FROM session_spans AS s
JOIN event_kinds AS k ON k.kind = s.first_code >> 18
LEFT JOIN traffic AS t USING (session_no)
LEFT JOIN devices AS d USING (session_no)
