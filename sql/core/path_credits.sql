-- One row per group of customers and channel group: what the models of `path_weights` credit it with, conversions and their value.
-- Sums of decimals are the same in any order. bucket: one of 400 groups into which customers fall by their id, so that drawing groups anew draws customers anew.
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
FROM path_weights AS w
JOIN customer_numbers AS c USING (ck)
GROUP BY bucket, w.channel_group
ORDER BY bucket, w.channel_group
