-- One row per journey: its value of every configured segment. An unknown value is a segment of its own, so that every total holds
-- within each segment; a segment that is not configured is null. Few combinations of values occur, so tables by segment are summed
-- by combination first: its key is a hash, and the check `combination_keys_unique` keeps combinations apart.
-- cohort: the period in which the journey starts (where it is first at the first stage or beyond). derived: the values of the
-- segments that are told from finished tables, in their order (conditions of journey.yaml, columns of journeys and customers).
WITH traits AS (
    SELECT
        v.journey_no,
        v.ck,
        CASE WHEN is_segment('journey') THEN CASE WHEN v.journey_number = 1 THEN 'first' ELSE 'later' END END AS journey,
        CASE WHEN is_segment('cohort') THEN cohort_of(make_timestamp(v.started_t)) END AS cohort,
        CASE WHEN is_segment('device') THEN coalesce(v.device, '(unknown)') END AS device,
        CASE WHEN is_segment('channel_group') THEN coalesce(v.channel_group, '(unknown)') END AS channel_group,
        CASE WHEN is_segment('campaign') THEN coalesce(v.campaign, '(unknown)') END AS campaign,
        CASE WHEN is_segment('traffic_source') THEN coalesce(v.traffic_source, '(unknown)') END AS traffic_source,
        CASE WHEN is_segment('traffic_medium') THEN coalesce(v.traffic_medium, '(unknown)') END AS traffic_medium,
        CASE WHEN is_segment('source') THEN coalesce(v.source, '(unknown)') END AS source,
        CASE WHEN is_segment('channel') THEN coalesce(v.channel, '(unknown)') END AS channel,
        CASE WHEN is_segment('country') THEN coalesce(v.country, '(unknown)') END AS country,
        CASE WHEN is_segment('browser') THEN coalesce(v.browser, '(unknown)') END AS browser,
        CASE WHEN is_segment('currency') THEN coalesce(v.currency, '(unknown)') END AS currency,
        d.derived
    FROM journey_values AS v
    LEFT JOIN derived_values AS d USING (journey_no)
)

SELECT
    *,
    hash(
        journey, cohort, device, channel_group, campaign, traffic_source, traffic_medium, source, channel, country, browser, currency,
        derived
    ) AS combination
FROM traits
