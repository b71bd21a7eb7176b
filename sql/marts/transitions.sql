-- One row per segment value and ordered pair of nodes that journeys moved between.
-- probability: the share of the node's outgoing transitions, those to (open) left out. A journey's cohort is here the
-- period it starts in, so that for every stage visits = incoming = outgoing also within a cohort.
WITH nodes AS (
    SELECT stage_rank AS node, stage AS name FROM config_stages
    UNION ALL
    SELECT unnest([0, 101, 102, 103]), unnest(['(start)', '(completed)', '(dropped)', '(open)'])
),

segments AS (
    SELECT journey_no, segment, segment_value FROM journey_traits
    UNION ALL
    SELECT j.journey_no, c.segment, cohort_of(make_timestamp(j.started_t)) AS segment_value
    FROM journey_spans AS j
    CROSS JOIN config_segments AS c
    WHERE c.segment = 'cohort'
),

per_journey AS (
    SELECT journey_no, ck, from_node, to_node, count(*) AS moves
    FROM stage_moves
    GROUP BY journey_no, ck, from_node, to_node
),

counted AS (
    SELECT
        s.segment, s.segment_value, m.from_node, m.to_node,
        sum(m.moves)::BIGINT AS transitions,
        count(*) AS journeys,
        count(DISTINCT m.ck) AS customers
    FROM per_journey AS m
    JOIN segments AS s USING (journey_no)
    GROUP BY s.segment, s.segment_value, m.from_node, m.to_node
),

timed AS (
    SELECT
        s.segment, s.segment_value, m.from_node, m.to_node,
        quantile_cont(m.dwell_us, [0.5, 0.9]) AS quantiles,
        avg(m.dwell_us) AS mean
    FROM stage_moves AS m
    JOIN segments AS s USING (journey_no)
    WHERE m.dwell_us IS NOT NULL
    GROUP BY s.segment, s.segment_value, m.from_node, m.to_node
),

totals AS (
    SELECT segment, segment_value, from_node, sum(transitions) FILTER (to_node <> 103) AS outgoing
    FROM counted
    GROUP BY segment, segment_value, from_node
)

SELECT
    c.segment,
    c.segment_value,
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
JOIN totals AS o USING (segment, segment_value, from_node)
LEFT JOIN timed AS d USING (segment, segment_value, from_node, to_node)
ORDER BY c.segment, c.segment_value, c.from_node, c.to_node
