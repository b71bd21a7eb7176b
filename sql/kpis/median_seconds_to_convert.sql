-- Median time to convert: from the start of a journey to its first conversion, by the period of the conversion; journeys whose
-- start was not observed stay out.
WITH firsts AS (
    SELECT c.journey_no, min(c.t) AS t, min(j.started_t) AS started_t
    FROM conversions AS c
    JOIN journey_ends AS j ON j.journey_no = c.journey_no
    WHERE j.start_observed
    GROUP BY c.journey_no
)

SELECT
    p.period,
    median(greatest(0, f.t - f.started_t)) / 1e6 AS value,
    NULL::DOUBLE AS numerator,
    count(f.t)::DOUBLE AS denominator,
    NULL::DOUBLE AS effective_n
FROM kpi_periods AS p
LEFT JOIN firsts AS f ON f.t >= p.from_t AND f.t < p.to_t
GROUP BY p.period
