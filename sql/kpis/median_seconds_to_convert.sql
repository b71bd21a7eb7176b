-- Median time to convert: from the start of a journey to its first conversion, by the period of the conversion; journeys whose
-- start was not observed stay out.
WITH timed AS (
    SELECT v.value_no, p.period, median(f.waited) / 1e6 AS seconds, count(*) AS journeys
    FROM conversion_times AS f
    JOIN kpi_periods AS p ON f.t >= p.from_t AND f.t < p.to_t
    JOIN journey_parties AS j ON j.journey_no = f.journey_no
    JOIN summed_values AS v ON v.combination = j.combination
    GROUP BY v.value_no, p.period
)

SELECT
    w.value_no,
    w.period,
    t.seconds AS value,
    NULL::DOUBLE AS numerator,
    coalesce(t.journeys, 0)::DOUBLE AS denominator,
    NULL::DOUBLE AS effective_n
FROM kpi_windows AS w
LEFT JOIN timed AS t ON t.value_no = w.value_no AND t.period = w.period
