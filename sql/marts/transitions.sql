-- One row per segment value and ordered pair of nodes that journeys moved between.
-- probability: the share of the node's outgoing transitions, those to (open) left out. A journey's cohort is here the
-- period it starts in, so that for every stage visits = incoming = outgoing also within a cohort.
WITH nodes AS (
    SELECT stage_rank AS node, stage AS name FROM config_stages
    UNION ALL
    SELECT unnest([0, 101, 102, 103]), unnest(['(start)', '(completed)', '(dropped)', '(open)'])
),

per_journey AS (
    SELECT journey_no, ck, from_node, to_node, count(*) AS moves
    FROM stage_moves
    GROUP BY journey_no, ck, from_node, to_node
),

counted AS (
    SELECT
        s.value_no, m.from_node, m.to_node,
        sum(m.moves)::BIGINT AS transitions,
        count(*) AS journeys,
        count(DISTINCT m.ck) AS customers
    FROM per_journey AS m
    JOIN journey_segments AS s USING (journey_no)
    GROUP BY s.value_no, m.from_node, m.to_node
),

timed AS (
    SELECT
        s.value_no, m.from_node, m.to_node,
        quantile_cont(m.dwell_us, [0.5, 0.9]) AS quantiles,
        avg(m.dwell_us) AS mean
    FROM stage_moves AS m
    JOIN journey_segments AS s USING (journey_no)
    WHERE m.dwell_us IS NOT NULL
    GROUP BY s.value_no, m.from_node, m.to_node
),

totals AS (
    SELECT value_no, from_node, sum(transitions) FILTER (to_node <> 103) AS outgoing
    FROM counted
    GROUP BY value_no, from_node
)

SELECT
    v.segment,
    v.segment_value,
    f.name AS from_stage,
    t.name AS to_stage,
    c.transitions,
    c.journeys,
    c.customers,
    CASE WHEN c.to_node <> 103 THEN c.transitions / o.outgoing END AS probability,
    d.quantiles[1] / 1e6 AS median_seconds,
    d.quantiles[2] / 1e6 AS p90_seconds,
    d.mean / 1e6 AS mean_seconds
FROM counted AS c
JOIN nodes AS f ON f.node = c.from_node
JOIN nodes AS t ON t.node = c.to_node
JOIN totals AS o USING (value_no, from_node)
JOIN segment_values AS v USING (value_no)
LEFT JOIN timed AS d USING (value_no, from_node, to_node)
ORDER BY v.segment, v.segment_value, c.from_node, c.to_node
