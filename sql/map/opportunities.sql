-- The pain points sized by who might be won: the customers who met one at the stage in a journey that was dropped there.
WITH counted AS (
    SELECT
        s.value_no, p.stage_rank, p.pain,
        (coalesce(sum(p.customers_dropped) FILTER (p.party IS NULL), 0) + count(DISTINCT p.party))::BIGINT AS customers
    FROM met_pains AS p
    JOIN map_sums AS s USING (combination)
    WHERE p.customers_dropped > 0
    GROUP BY s.value_no, p.stage_rank, p.pain
)

SELECT
    c.value_no,
    c.stage_rank,
    c.pain AS item,
    'customers_not_advanced' AS metric,
    c.customers::DOUBLE AS value,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    c.customers,
    c.customers AS behind,
    c.customers::DOUBLE AS score,
    format(
        'select count(distinct p.customer_id) from pain_points as p join journey_stages as j using (journey_id, stage) '
        || 'where j.outcome = ''dropped'' and p.stage = {0} and p.pain = {1}{2}', sql_text(s.stage), sql_text(c.pain),
        coalesce(' and p.journey_id in ' || m.chosen, '')
    ) AS query
FROM counted AS c
JOIN map_values AS m USING (value_no)
JOIN config_stages AS s USING (stage_rank)
