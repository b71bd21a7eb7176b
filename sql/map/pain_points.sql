-- What hurts at the stage, by the customers who met it there.
WITH counted AS (
    SELECT
        s.value_no, p.stage_rank, p.pain,
        (coalesce(sum(p.customers) FILTER (p.party IS NULL), 0) + count(DISTINCT p.party))::BIGINT AS customers
    FROM met_pains AS p
    JOIN map_sums AS s USING (combination)
    GROUP BY s.value_no, p.stage_rank, p.pain
)

SELECT
    c.value_no,
    c.stage_rank,
    c.pain AS item,
    'customers' AS metric,
    c.customers::DOUBLE AS value,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    c.customers,
    c.customers AS behind,
    c.customers::DOUBLE AS score,
    format(
        'select count(distinct customer_id) from pain_points where stage = {0} and pain = {1}{2}', sql_text(s.stage), sql_text(c.pain),
        coalesce(' and journey_id in ' || m.chosen, '')
    ) AS query
FROM counted AS c
JOIN map_values AS m USING (value_no)
JOIN config_stages AS s USING (stage_rank)
