-- One row per distinct combination that decides a channel group: the group, and the first rule that fits, which gives it.
-- An event that meets nobody (a state change) has neither.
WITH judged AS (
    SELECT
        t.*,
        channel_rule_no(
            t.log, t.event_name, t.channel,
            CASE WHEN t.has_traffic THEN lower(t.traffic_source) END,
            CASE WHEN t.has_traffic THEN lower(t.traffic_medium) END,
            lower(t.campaign), t.referrer_host, t.click_id, s.category, t.has_traffic
        ) AS rule_no
    FROM touch_sources AS t
    LEFT JOIN touch_sites AS s ON s.site_name = lower(trim(t.traffic_source))
)

SELECT
    j.touch_key,
    r.channel_group,
    CASE WHEN r.channel_group IS NOT NULL THEN r.rule END AS channel_rule,
    j.traffic_source,
    j.traffic_medium,
    j.campaign
FROM judged AS j
JOIN config_channel_rules AS r USING (rule_no)
