-- One row per move of a journey: into its first visit, from visit to visit, and from the last visit to its outcome.
-- Nodes are numbers: 0 (start), the stage ranks, 101 (completed), 102 (dropped), 103 (open). Journeys whose start was not
-- observed count, but their times stay out.
SELECT v.journey_no, v.ck, 0 AS from_node, v.stage_rank AS to_node, NULL::BIGINT AS dwell_us
FROM visits AS v
WHERE v.furthest_before = 0

UNION ALL

SELECT
    v.journey_no,
    v.ck,
    v.stage_rank AS from_node,
    coalesce(v.next_rank, CASE j.outcome WHEN 'completed' THEN 101 WHEN 'dropped' THEN 102 ELSE 103 END) AS to_node,
    CASE WHEN j.start_observed THEN v.dwell_us END AS dwell_us
FROM visits AS v
JOIN journey_ends AS j USING (journey_no)
