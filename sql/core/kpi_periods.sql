-- One row per period that KPIs are told for: every calendar month of the reporting time zone, the 28 days up to as_of and the
-- 28 before them (whole weeks, so that weekdays do not differ).
-- What needs time to show (who came back, who completed) is judged for the two last periods a horizon earlier: settled_*.
WITH span AS (
    SELECT
        date_trunc('month', local_date(coalesce(min(p.first_event_at), any_value(c.as_of))))::DATE AS first_month,
        -- a whole day in a source east of the reporting time zone may end in the next month
        greatest(local_date(any_value(c.as_of)), local_date(make_timestamp((SELECT max(v.t) FROM conversions AS v)))) AS last_day,
        any_value(c.as_of_us) AS as_of_us
    FROM run_clock AS c
    LEFT JOIN source_periods AS p ON true
),

months AS (
    SELECT unnest(generate_series(first_month::TIMESTAMP, last_day::TIMESTAMP, INTERVAL 1 MONTH))::DATE AS month
    FROM span
)

SELECT
    strftime(month, '%Y-%m') AS period,
    local_midnight(month) AS from_t,
    local_midnight(month + INTERVAL 1 MONTH) AS to_t,
    local_midnight(month) AS settled_from_t,
    local_midnight(month + INTERVAL 1 MONTH) AS settled_to_t
FROM months

UNION ALL

SELECT
    w.period,
    s.as_of_us + 1 - 86400000000 * (w.days_ago + 28) AS from_t,
    s.as_of_us + 1 - 86400000000 * w.days_ago AS to_t,
    s.as_of_us + 1 - 86400000000 * (w.days_ago + 28) - getvariable('horizon') AS settled_from_t,
    s.as_of_us + 1 - 86400000000 * w.days_ago - getvariable('horizon') AS settled_to_t
FROM span AS s
CROSS JOIN (SELECT unnest(['last 28 days', '28 days before']) AS period, unnest([0, 28]) AS days_ago) AS w
