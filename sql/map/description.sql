-- What the stage is, in the words of the stage model, with the customers who were there.
SELECT
    m.value_no,
    s.stage_rank,
    coalesce(s.description, '') AS item,
    'customers' AS metric,
    d.customers::DOUBLE AS value,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    d.customers,
    d.customers AS behind,
    0::DOUBLE AS score,
    concat('select customers from drop_off where ', m.of_table, ' and stage = ', sql_text(s.stage)) AS query
FROM map_values AS m
JOIN map_drop_off AS d USING (value_no)
JOIN config_stages AS s USING (stage_rank)
