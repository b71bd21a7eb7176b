-- What hurts at the stage, by the customers who met it there.
SELECT
    p.stage_rank,
    p.pain AS item,
    'customers' AS metric,
    count(DISTINCT p.customer_id)::DOUBLE AS value,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    count(DISTINCT p.customer_id) AS customers,
    count(DISTINCT p.customer_id) AS behind,
    count(DISTINCT p.customer_id)::DOUBLE AS score,
    format(
        'select count(distinct customer_id) from pain_points where stage = {0} and pain = {1}', sql_text(p.stage), sql_text(p.pain)
    ) AS query
FROM pain_points AS p
GROUP BY p.stage_rank, p.stage, p.pain
