-- One row per number that sums are told under and period: what its conversions add up to. A conversion goes with the journey it lies
-- in. A customer's first conversion is one event, so new customers add up as orders do.
WITH combined AS (
    SELECT
        p.period,
        coalesce(j.combination, 0) AS combination,
        count(*) AS orders,
        count(c.value) AS valued_orders,
        sum(c.value) AS revenue,
        count(*) FILTER (c.conversion_number = 1) AS new_customers
    FROM conversions AS c
    JOIN kpi_periods AS p ON c.t >= p.from_t AND c.t < p.to_t
    LEFT JOIN journey_parties AS j ON j.journey_no = c.journey_no
    GROUP BY ALL
),

summed AS (
    SELECT
        v.value_no,
        c.period,
        sum(c.orders) AS orders,
        sum(c.valued_orders) AS valued_orders,
        sum(c.revenue) AS revenue,
        sum(c.new_customers) AS new_customers
    FROM combined AS c
    JOIN summed_values AS v USING (combination)
    GROUP BY v.value_no, c.period
)

SELECT
    w.value_no,
    w.period,
    coalesce(s.orders, 0)::DOUBLE AS orders,
    coalesce(s.valued_orders, 0)::DOUBLE AS valued_orders,
    coalesce(s.revenue, 0)::DOUBLE AS revenue,
    coalesce(s.new_customers, 0)::DOUBLE AS new_customers
FROM kpi_windows AS w
LEFT JOIN summed AS s ON s.value_no = w.value_no AND s.period = w.period
