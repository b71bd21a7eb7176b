-- One row per distinct combination of what decides a channel group: every kind of event without a traffic source (its key
-- is the kind's number), and what the events say that may bear one (its key is a hash; of addresses only the hosts and the
-- parameters that tell). Rules are judged on these few rows and not on events.
WITH said AS (
    SELECT DISTINCT
        source AS log, event_name, channel,
        utm_source AS source, utm_medium AS medium, utm_campaign AS campaign,
        raw_host(referrer) AS referrer, raw_host(url) AS url, url_tags(url) AS tags
    FROM good_events
    WHERE coalesce(utm_source, utm_medium, utm_campaign, referrer) IS NOT NULL
       OR contains(url, '=')
       OR occurred_at > (SELECT as_of FROM run_clock)
)

SELECT
    kind::UBIGINT AS touch_key,
    source AS log, event_name, channel,
    NULL::VARCHAR AS source, NULL::VARCHAR AS medium, NULL::VARCHAR AS campaign,
    NULL::VARCHAR AS referrer, NULL::VARCHAR AS url, NULL::VARCHAR AS tags
FROM event_kinds

UNION ALL

SELECT hash(log, event_name, channel, source, medium, campaign, referrer, url, tags) AS touch_key, *
FROM said
