-- Conversion rate: of the journeys that began in the period at least the horizon before as_of and are decided, the share with
-- a conversion.
-- Several journeys of one customer are not independent, hence the design effect, as in `drop_off`.
WITH judged AS (
    SELECT j.ck, j.started_t, v.journey_no IS NOT NULL AS is_hit
    FROM journey_ends AS j
    CROSS JOIN run_clock AS c
    LEFT JOIN (SELECT DISTINCT journey_no FROM conversions) AS v ON v.journey_no = j.journey_no
    WHERE c.as_of_us - j.started_t >= getvariable('horizon')
      AND (j.outcome <> 'open' OR v.journey_no IS NOT NULL)
),

per_customer AS (
    SELECT p.period, j.ck, count(j.ck) AS n_c, count(*) FILTER (j.is_hit) AS y_c
    FROM kpi_periods AS p
    LEFT JOIN judged AS j ON j.started_t >= p.settled_from_t AND j.started_t < p.settled_to_t
    GROUP BY p.period, j.ck
)

SELECT
    period,
    sum(y_c) / nullif(sum(n_c), 0) AS value,
    sum(y_c)::DOUBLE AS numerator,
    sum(n_c)::DOUBLE AS denominator,
    sum(n_c) / design_effect(count(ck), sum(n_c), sum(y_c), sum(y_c * y_c), sum(y_c * n_c), sum(n_c * n_c)) AS effective_n
FROM per_customer
GROUP BY period
