-- How the stage does: the share that goes on (mature journeys), the median time to go on, and the share that went on of those who
-- came in the 28 days before the horizon against the 28 days before those.
WITH combined AS (
    SELECT
        f.stage_rank, p.period, j.combination, j.party,
        count(*) AS customers,
        count(*) FILTER (f.is_advanced) AS hits,
        count(*) FILTER (f.is_advanced OR f.is_dropped) AS n
    FROM reach_facts AS f
    JOIN kpi_periods AS p ON f.shown_t >= p.settled_from_t AND f.shown_t < p.settled_to_t
    JOIN journey_parties AS j USING (journey_no)
    WHERE p.period IN ('last 28 days', '28 days before')
      AND f.is_mature  -- a date-only reach shows as 00:00 but counts from its day's end
    GROUP BY ALL
),

periods AS (
    SELECT
        s.value_no, c.stage_rank, c.period,
        (coalesce(sum(c.customers) FILTER (c.party IS NULL), 0) + count(DISTINCT c.party))::BIGINT AS customers,
        sum(c.hits)::BIGINT AS hits,
        sum(c.n)::BIGINT AS n
    FROM combined AS c
    JOIN map_sums AS s USING (combination)
    GROUP BY s.value_no, c.stage_rank, c.period
),

whole AS (
    SELECT d.*, m.of_table, s.stage
    FROM map_drop_off AS d
    JOIN map_values AS m USING (value_no)
    JOIN config_stages AS s USING (stage_rank)
    WHERE NOT s.is_goal
)

SELECT
    value_no, stage_rank, 'Share that goes on' AS item, 'advance_rate' AS metric, 1 - drop_off_rate AS value, 1 - rate_high AS low,
    1 - rate_low AS high, customers, mature_advanced + mature_dropped AS behind, 4::DOUBLE AS score,
    concat('select 1 - drop_off_rate from drop_off where ', of_table, ' and stage = ', sql_text(stage)) AS query
FROM whole

UNION ALL

SELECT
    value_no, stage_rank, 'Median time to go on' AS item, 'median_seconds_to_advance' AS metric, median_seconds_to_advance AS value,
    NULL AS low, NULL AS high, customers, advanced AS behind, 3::DOUBLE AS score,
    concat('select median_seconds_to_advance from drop_off where ', of_table, ' and stage = ', sql_text(stage)) AS query
FROM whole

UNION ALL

SELECT
    p.value_no,
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
        || 'from journey_stages where stage = {0} and is_mature and reached_at >= timestamp {1} and reached_at < timestamp {2}{3}',
        sql_text(s.stage), sql_text(make_timestamp(w.settled_from_t)::VARCHAR), sql_text(make_timestamp(w.settled_to_t)::VARCHAR),
        coalesce(' and journey_id in ' || m.chosen, '')
    ) AS query
FROM periods AS p
JOIN kpi_periods AS w USING (period)
JOIN map_values AS m USING (value_no)
JOIN config_stages AS s USING (stage_rank)
WHERE NOT s.is_goal
