-- What the customer wants there, in the words of the stage model, with the customers who were there.
SELECT
    s.stage_rank,
    coalesce(s.goal, '') AS item,
    'customers' AS metric,
    d.customers::DOUBLE AS value,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    d.customers,
    d.customers AS behind,
    0::DOUBLE AS score,
    concat('select customers from drop_off where segment = ''all'' and stage = ', sql_text(s.stage)) AS query
FROM config_stages AS s
JOIN drop_off AS d ON d.segment = 'all' AND d.stage_rank = s.stage_rank
