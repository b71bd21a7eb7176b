-- One row per touchpoint on a conversion's path: the part of the conversion that every model credits it with, where the credit of a path
-- is a sum over its touchpoints; the parts of a path sum to 1. Shapley is: with v(S) = conversions of paths whose channels all lie in
-- S, every path is a game that its distinct channels win together, and they share alike.
-- The one definition of these models: `attribute()` of the library runs this file on its own table of paths.
-- materialized: view
WITH placed AS (
    SELECT
        *,
        row_number() OVER path AS number,
        count(*) OVER (PARTITION BY path_no) AS size,
        count(*) OVER (PARTITION BY path_no, channel_group) AS of_channel,
        min(days_before) OVER (PARTITION BY path_no) AS nearest,
        max(CASE WHEN channel_group <> 'Direct' THEN place END) OVER (PARTITION BY path_no) AS last_known
    FROM (SELECT * FROM path_touches WHERE is_converted)
    WINDOW path AS (PARTITION BY path_no ORDER BY place, channel_group ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)

SELECT
    *,
    (number = 1)::INTEGER AS w_first,
    (number = size)::INTEGER AS w_last,
    CASE WHEN last_known IS NULL THEN (number = size)::INTEGER ELSE (place = last_known)::INTEGER END AS w_last_non_direct,
    1 / size AS w_linear,
    CASE WHEN size < 3 THEN 1 / size WHEN number IN (1, size) THEN 0.4 ELSE 0.2 / (size - 2) END AS w_position,
    2 ** (-(days_before - nearest) / 7) / sum(2 ** (-(days_before - nearest) / 7)) OVER (PARTITION BY path_no) AS w_time_decay,
    1 / (of_channel * sum(1 / of_channel) OVER (PARTITION BY path_no)) AS w_shapley
FROM placed
