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

combined AS (
    SELECT m.ck, m.from_node, m.to_node, m.moves, t.combination, r.ck IS NOT NULL AS repeats
    FROM per_journey AS m
    JOIN journey_traits AS t USING (journey_no)
    LEFT JOIN (SELECT DISTINCT ck FROM journey_spans WHERE journey_number > 1) AS r ON r.ck = m.ck
),

-- of customers with one journey, customers are journeys: added up by combination of segment values
alone AS (
    SELECT combination, from_node, to_node, sum(moves)::BIGINT AS transitions, count(*) AS journeys
    FROM combined
    WHERE NOT repeats
    GROUP BY combination, from_node, to_node
),

parts AS (
    SELECT v.value_no, a.from_node, a.to_node, a.transitions, a.journeys, a.journeys AS customers
    FROM alone AS a
    JOIN combination_values AS v USING (combination)
    UNION ALL
    SELECT v.value_no, m.from_node, m.to_node, sum(m.moves)::BIGINT AS transitions, count(*) AS journeys, count(DISTINCT m.ck) AS customers
    FROM (SELECT * FROM combined WHERE repeats) AS m
    JOIN combination_values AS v USING (combination)
    GROUP BY v.value_no, m.from_node, m.to_node
),

counted AS (
    SELECT
        value_no, from_node, to_node,
        sum(transitions)::BIGINT AS transitions,
        sum(journeys)::BIGINT AS journeys,
        sum(customers)::BIGINT AS customers
    FROM parts
    GROUP BY value_no, from_node, to_node
),

timed AS (
    SELECT
        v.value_no, m.from_node, m.to_node,
        quantile_cont(m.dwell_us, [0.5, 0.9]) AS quantiles,
        avg(m.dwell_us) AS mean
    FROM (SELECT * FROM stage_moves WHERE dwell_us IS NOT NULL) AS m
    JOIN journey_traits AS t USING (journey_no)
    JOIN combination_values AS v USING (combination)
    GROUP BY v.value_no, m.from_node, m.to_node
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
FROM segment_values AS v
JOIN counted AS c ON c.value_no = v.same_as
JOIN nodes AS f ON f.node = c.from_node
JOIN nodes AS t ON t.node = c.to_node
JOIN totals AS o ON o.value_no = c.value_no AND o.from_node = c.from_node
LEFT JOIN timed AS d ON d.value_no = c.value_no AND d.from_node = c.from_node AND d.to_node = c.to_node
ORDER BY v.segment, v.segment_value, c.from_node, c.to_node
