-- How the stage does: the share that goes on (mature journeys), the median time to go on, and the share that went on of those who
-- came in the 28 days before the horizon against the 28 days before those.
WITH periods AS (
    SELECT
        f.stage_rank, p.period,
        count(DISTINCT f.ck) AS customers,
        count(*) FILTER (f.is_advanced) AS hits,
        count(*) FILTER (f.is_advanced OR f.is_dropped) AS n,
        make_timestamp(any_value(p.settled_from_t)) AS from_at,
        make_timestamp(any_value(p.settled_to_t)) AS to_at
    FROM reach_facts AS f
    JOIN kpi_periods AS p ON f.reached_t >= p.settled_from_t AND f.reached_t < p.settled_to_t
    WHERE p.period IN ('last 28 days', '28 days before')
    GROUP BY f.stage_rank, p.period
)

SELECT
    d.stage_rank, 'Share that goes on' AS item, 'advance_rate' AS metric, 1 - d.drop_off_rate AS value, 1 - d.rate_high AS low,
    1 - d.rate_low AS high, d.customers, d.mature_advanced + d.mature_dropped AS behind, 4::DOUBLE AS score,
    concat('select 1 - drop_off_rate from drop_off where segment = ''all'' and stage = ', sql_text(d.stage)) AS query
FROM drop_off AS d
JOIN config_stages AS s USING (stage_rank)
WHERE d.segment = 'all' AND NOT s.is_goal

UNION ALL

SELECT
    d.stage_rank, 'Median time to go on' AS item, 'median_seconds_to_advance' AS metric, d.median_seconds_to_advance AS value,
    NULL AS low, NULL AS high, d.customers, d.advanced AS behind, 3::DOUBLE AS score,
    concat('select median_seconds_to_advance from drop_off where segment = ''all'' and stage = ', sql_text(d.stage)) AS query
FROM drop_off AS d
JOIN config_stages AS s USING (stage_rank)
WHERE d.segment = 'all' AND NOT s.is_goal

UNION ALL

SELECT
    p.stage_rank,
    CASE p.period WHEN 'last 28 days' THEN 'This period' ELSE 'Period before' END AS item,
    CASE p.period WHEN 'last 28 days' THEN 'advance_rate_this_period' ELSE 'advance_rate_period_before' END AS metric,
    p.hits / nullif(p.n, 0) AS value,
    wilson_low(p.hits / p.n, least(p.n, p.customers)) AS low,
    wilson_high(p.hits / p.n, least(p.n, p.customers)) AS high,
    p.customers,
    p.n AS behind,
    CASE p.period WHEN 'last 28 days' THEN 2 ELSE 1 END::DOUBLE AS score,
    format(
        'select count(*) filter (outcome = ''advanced'') / nullif(count(*) filter (outcome in (''advanced'', ''dropped'')), 0) '
        || 'from journey_stages where stage = {0} and reached_at >= timestamp {1} and reached_at < timestamp {2}',
        sql_text(s.stage), sql_text(p.from_at::VARCHAR), sql_text(p.to_at::VARCHAR)
    ) AS query
FROM periods AS p
JOIN config_stages AS s USING (stage_rank)
WHERE NOT s.is_goal
