-- The pain points sized by who might be won: the customers who met one at the stage in a journey that was dropped there.
SELECT
    p.stage_rank,
    p.pain AS item,
    'customers_not_advanced' AS metric,
    count(DISTINCT p.customer_id)::DOUBLE AS value,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    count(DISTINCT p.customer_id) AS customers,
    count(DISTINCT p.customer_id) AS behind,
    count(DISTINCT p.customer_id)::DOUBLE AS score,
    format(
        'select count(distinct p.customer_id) from pain_points as p join journey_stages as j using (journey_id, stage) '
        || 'where j.outcome = ''dropped'' and p.stage = {0} and p.pain = {1}', sql_text(p.stage), sql_text(p.pain)
    ) AS query
FROM pain_points AS p
JOIN journey_stages AS j ON j.journey_id = p.journey_id AND j.stage = p.stage
WHERE j.outcome = 'dropped'
GROUP BY p.stage_rank, p.stage, p.pain
