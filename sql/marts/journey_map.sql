-- One row per stage, lane, item and metric of the journey map: what customers do, meet, see, say and suffer at a stage, each with its
-- counts and with the query that gives the number again from this file.
-- Groups of fewer customers than the minimum are flagged and have no rank. A new lane is a new file in sql/map.
WITH ordered AS (
    SELECT
        *,
        coalesce(behind, 0) < getvariable('minimum') AND lane NOT IN ('description', 'goal') AS is_small,
        row_number() OVER (
            PARTITION BY stage_rank, lane, metric, is_small ORDER BY score DESC, item ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS place
    FROM map_cells
)

SELECT
    'all' AS segment,
    'all' AS segment_value,
    s.stage,
    o.stage_rank,
    o.lane,
    CASE WHEN NOT o.is_small THEN o.place END AS rank,
    o.item,
    o.metric,
    o.value,
    o.low,
    o.high,
    o.customers,
    o.is_small,
    o.query
FROM ordered AS o
JOIN config_stages AS s USING (stage_rank)
WHERE o.place <= 8
ORDER BY o.stage_rank, o.lane, o.metric, o.is_small, o.place
