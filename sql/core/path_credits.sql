-- One row per group of customers and channel group: what the models credit it with, conversions and their value, where the credit
-- of a path is a sum over its touchpoints. Shapley is: with v(S) = conversions of paths whose channels all lie in S, every path is a
-- game that its distinct channels win together, and they share alike.
-- Sums of decimals are the same in any order. bucket: one of 400 groups into which customers fall by their id, so that drawing groups anew draws customers anew.
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
),

weighed AS (
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
)

SELECT
    md5_number_lower(c.customer_id::VARCHAR) % 400 AS bucket,
    w.channel_group,
    sum(w.w_first::DECIMAL(18, 12))::DOUBLE AS first,
    coalesce(sum(w.w_first * w.value), 0)::DOUBLE AS first_value,
    sum(w.w_last::DECIMAL(18, 12))::DOUBLE AS last,
    coalesce(sum(w.w_last * w.value), 0)::DOUBLE AS last_value,
    sum(w.w_last_non_direct::DECIMAL(18, 12))::DOUBLE AS last_non_direct,
    coalesce(sum(w.w_last_non_direct * w.value), 0)::DOUBLE AS last_non_direct_value,
    sum(w.w_linear::DECIMAL(18, 12))::DOUBLE AS linear,
    coalesce(sum(w.w_linear * w.value), 0)::DOUBLE AS linear_value,
    sum(w.w_position::DECIMAL(18, 12))::DOUBLE AS position,
    coalesce(sum(w.w_position * w.value), 0)::DOUBLE AS position_value,
    sum(w.w_time_decay::DECIMAL(18, 12))::DOUBLE AS time_decay,
    coalesce(sum(w.w_time_decay * w.value), 0)::DOUBLE AS time_decay_value,
    sum(w.w_shapley::DECIMAL(18, 12))::DOUBLE AS shapley,
    coalesce(sum(w.w_shapley * w.value), 0)::DOUBLE AS shapley_value,
    count(DISTINCT w.ck) AS customers
FROM weighed AS w
JOIN customer_numbers AS c USING (ck)
GROUP BY bucket, w.channel_group
ORDER BY bucket, w.channel_group
