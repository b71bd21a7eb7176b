-- One row per step back, and per ping-pong (there and straight back), between two stages: how often, and what became of the mature
-- journeys that made it beside those that reached the same stage and did not. The stage judged is the further one of the two, so
-- both groups had come equally far. Who turns back differs from who does not in more than that: an association, never a cost that
-- turning back causes; and who goes on at once has had no occasion to turn.
-- Visits stand in order, so the visit after next is told from the row after; stages are numbers until the end.
WITH walk AS (
    SELECT journey_no, ck, stage_rank, next_rank, CASE WHEN next_rank IS NOT NULL THEN lead(next_rank) OVER () END AS rank_after
    FROM visits
),

made AS (
    SELECT journey_no, ck, 'step back' AS turn, stage_rank AS from_rank, next_rank AS to_rank
    FROM walk
    WHERE next_rank < stage_rank
    UNION ALL
    SELECT journey_no, ck, 'ping-pong' AS turn, stage_rank AS from_rank, next_rank AS to_rank
    FROM walk
    WHERE rank_after = stage_rank
),

journeys_with AS (
    SELECT turn, from_rank, to_rank, greatest(from_rank, to_rank) AS judged_rank, journey_no, ck, count(*) AS times
    FROM made
    GROUP BY turn, from_rank, to_rank, journey_no, ck
),

judged AS (
    SELECT journey_no, ck, stage_rank, is_advanced AS went_on
    FROM reach_facts
    WHERE is_mature
      AND (is_advanced OR is_dropped)
),

of_stage AS (
    SELECT stage_rank, count(*)::BIGINT AS judged, count(*) FILTER (went_on)::BIGINT AS went_on, count(DISTINCT ck)::BIGINT AS customers
    FROM judged
    GROUP BY stage_rank
),

summed AS (
    SELECT
        w.turn, w.from_rank, w.to_rank, w.judged_rank,
        sum(w.times)::BIGINT AS times,
        count(*)::BIGINT AS journeys,
        count(DISTINCT w.ck)::BIGINT AS customers,
        count(j.journey_no)::BIGINT AS judged_with,
        count(*) FILTER (j.went_on)::BIGINT AS advanced_with,
        count(DISTINCT j.ck)::BIGINT AS judged_customers
    FROM journeys_with AS w
    LEFT JOIN judged AS j ON j.journey_no = w.journey_no AND j.stage_rank = w.judged_rank
    GROUP BY w.turn, w.from_rank, w.to_rank, w.judged_rank
),

beside AS (
    SELECT
        s.*,
        coalesce(o.judged, 0) - s.judged_with AS judged_without,
        coalesce(o.went_on, 0) - s.advanced_with AS advanced_without,
        -- customers may have made it in one journey and not in another, so those without are at least this many
        coalesce(o.customers, 0) - s.judged_customers AS fewest_customers_without
    FROM summed AS s
    LEFT JOIN of_stage AS o ON o.stage_rank = s.judged_rank
)

SELECT
    turn,
    f.stage AS from_stage,
    t.stage AS to_stage,
    j.stage AS judged_stage,
    times,
    journeys,
    customers,
    judged_with,
    advanced_with,
    advanced_with / nullif(judged_with, 0) AS advance_with,
    wilson_low(advance_with, judged_customers) AS with_low,
    wilson_high(advance_with, judged_customers) AS with_high,
    judged_without,
    advanced_without,
    advanced_without / nullif(judged_without, 0) AS advance_without,
    wilson_low(advance_without, least(judged_without, greatest(fewest_customers_without, 1))) AS without_low,
    wilson_high(advance_without, least(judged_without, greatest(fewest_customers_without, 1))) AS without_high,
    judged_customers < getvariable('minimum') OR fewest_customers_without < getvariable('minimum') AS is_small
FROM beside AS b
JOIN config_stages AS f ON f.stage_rank = b.from_rank
JOIN config_stages AS t ON t.stage_rank = b.to_rank
JOIN config_stages AS j ON j.stage_rank = b.judged_rank
ORDER BY turn, times DESC, from_stage, to_stage
