-- One row per KPI about journeys, number that sums are told under and period: of the journeys that began in it at least the horizon
-- before as_of and are decided, how many there are and how many have what is asked (a conversion, the goal stage).
-- Several journeys of one customer are not independent: `effective_n` is their number divided by the design effect, as in `drop_off`,
-- which needs sums per customer; of customers with one journey these are the sums per journey.
WITH judged AS (
    SELECT 'completion_rate' AS kpi, j.journey_no, j.started_t, j.outcome = 'completed' AS is_hit
    FROM journey_ends AS j
    CROSS JOIN run_clock AS c
    WHERE c.as_of_us - j.started_t >= getvariable('horizon')
      AND j.outcome <> 'open'
    UNION ALL
    SELECT 'conversion_rate' AS kpi, j.journey_no, j.started_t, v.journey_no IS NOT NULL AS is_hit
    FROM journey_ends AS j
    CROSS JOIN run_clock AS c
    LEFT JOIN (SELECT DISTINCT journey_no FROM conversions) AS v ON v.journey_no = j.journey_no
    WHERE c.as_of_us - j.started_t >= getvariable('horizon')
      AND (j.outcome <> 'open' OR v.journey_no IS NOT NULL)
),

placed AS (
    SELECT g.kpi, p.period, t.combination, t.party, count(*) AS n, count(*) FILTER (g.is_hit) AS y
    FROM judged AS g
    JOIN kpi_periods AS p ON g.started_t >= p.settled_from_t AND g.started_t < p.settled_to_t
    JOIN journey_parties AS t ON t.journey_no = g.journey_no
    GROUP BY ALL
),

per_party AS (
    SELECT v.value_no, p.kpi, p.period, p.party, sum(p.n) AS n_c, sum(p.y) AS y_c
    FROM (SELECT * FROM placed WHERE party IS NOT NULL) AS p
    JOIN summed_values AS v USING (combination)
    GROUP BY ALL
),

parts AS (
    SELECT v.value_no, p.kpi, p.period, p.n AS m, p.n, p.y, p.y AS yy, p.y AS yn, p.n AS nn
    FROM (SELECT * FROM placed WHERE party IS NULL) AS p
    JOIN summed_values AS v USING (combination)
    UNION ALL
    SELECT value_no, kpi, period, 1 AS m, n_c AS n, y_c AS y, y_c * y_c AS yy, y_c * n_c AS yn, n_c * n_c AS nn
    FROM per_party
),

summed AS (
    SELECT
        value_no, kpi, period,
        sum(m)::DOUBLE AS m,
        sum(n)::DOUBLE AS n,
        sum(y)::DOUBLE AS y,
        sum(yy)::DOUBLE AS yy,
        sum(yn)::DOUBLE AS yn,
        sum(nn)::DOUBLE AS nn
    FROM parts
    GROUP BY value_no, kpi, period
)

SELECT
    k.kpi,
    w.value_no,
    w.period,
    coalesce(s.n, 0) AS journeys,
    coalesce(s.y, 0) AS hits,
    coalesce(s.n / design_effect(s.m, s.n, s.y, s.yy, s.yn, s.nn), 0) AS effective_n
FROM kpi_windows AS w
CROSS JOIN (SELECT unnest(['completion_rate', 'conversion_rate']) AS kpi) AS k
LEFT JOIN summed AS s ON s.value_no = w.value_no AND s.period = w.period AND s.kpi = k.kpi
