-- One row per distinct combination of segment values that journeys have, and segment: its value.
WITH combinations AS (
    SELECT DISTINCT
        combination, journey, cohort, device, channel_group, campaign, traffic_source, traffic_medium, source, channel, country,
        browser, currency, derived
    FROM journey_traits
)

SELECT
    t.combination,
    c.segment,
    CASE c.segment
        WHEN 'all' THEN 'all'
        WHEN 'journey' THEN t.journey
        WHEN 'cohort' THEN t.cohort
        WHEN 'device' THEN t.device
        WHEN 'channel_group' THEN t.channel_group
        WHEN 'campaign' THEN t.campaign
        WHEN 'traffic_source' THEN t.traffic_source
        WHEN 'traffic_medium' THEN t.traffic_medium
        WHEN 'source' THEN t.source
        WHEN 'channel' THEN t.channel
        WHEN 'country' THEN t.country
        WHEN 'browser' THEN t.browser
        WHEN 'currency' THEN t.currency
        ELSE t.derived[c.derived_no]
    END AS segment_value
FROM combinations AS t
CROSS JOIN config_segments AS c
