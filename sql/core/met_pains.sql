-- One row per stage, pain, combination of segment values and party: the customers who met it, and those of them whose journey was
-- dropped at that stage.
SELECT
    p.stage_rank, p.pain, j.combination, j.party,
    count(*) AS customers,
    count(*) FILTER (f.is_dropped) AS customers_dropped
FROM pain_points AS p
JOIN journey_links AS j USING (journey_id)
LEFT JOIN reach_facts AS f ON f.journey_no = j.journey_no AND f.stage_rank = p.stage_rank
GROUP BY p.stage_rank, p.pain, j.combination, j.party
