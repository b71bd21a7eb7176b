-- One row per group of customers and pair of channel groups that follow each other on paths, from (start) to (conversion) or (lost):
-- the counts of the Markov chain. bucket: as in `path_credits`. value: of the conversions that a move ends in.
WITH followed AS (
    SELECT
        *,
        lag(channel_group) OVER path AS from_node,
        lead(channel_group) OVER path IS NULL AS is_last
    FROM path_touches
    WINDOW path AS (PARTITION BY is_converted, path_no ORDER BY place, channel_group)
),

moved AS (
    SELECT ck, coalesce(from_node, '(start)') AS from_node, channel_group AS to_node, NULL AS value
    FROM followed
    UNION ALL
    SELECT ck, channel_group, CASE WHEN is_converted THEN '(conversion)' ELSE '(lost)' END, value
    FROM followed
    WHERE is_last
)

SELECT
    md5_number_lower(c.customer_id::VARCHAR) % 400 AS bucket,
    m.from_node,
    m.to_node,
    count(*) AS moves,
    coalesce(sum(m.value), 0)::DOUBLE AS value
FROM moved AS m
JOIN customer_numbers AS c USING (ck)
GROUP BY bucket, m.from_node, m.to_node
ORDER BY bucket, m.from_node, m.to_node
