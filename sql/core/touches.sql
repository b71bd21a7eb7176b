-- One row per distinct combination of what decides a channel group: every kind of event without a traffic source (its key
-- is the kind's number), and every distinct traffic source of the events that bear one (its key is a hash). Rules are
-- judged on these few rows and not on events.
SELECT
    kind::UBIGINT AS touch_key,
    source AS log, event_name, channel,
    NULL::VARCHAR AS source, NULL::VARCHAR AS medium, NULL::VARCHAR AS campaign, NULL::VARCHAR AS referrer_host,
    NULL::VARCHAR AS url_source, NULL::VARCHAR AS url_medium, NULL::VARCHAR AS url_campaign, NULL::VARCHAR AS click_id
FROM event_kinds

UNION ALL

SELECT DISTINCT
    touch_key(source, event_name, channel, utm_source, utm_medium, utm_campaign, referrer, url) AS touch_key,
    source AS log, event_name, channel,
    utm_source, utm_medium, utm_campaign,
    CASE WHEN referrer IS NOT NULL THEN external_referrer(referrer, url) END AS referrer_host,
    url_tags(url)[1] AS url_source, url_tags(url)[2] AS url_medium, url_tags(url)[3] AS url_campaign, url_tags(url)[4] AS click_id
FROM good_events
WHERE bears_traffic(utm_source, utm_medium, utm_campaign, referrer, url)
   OR occurred_at > (SELECT as_of FROM run_clock)
