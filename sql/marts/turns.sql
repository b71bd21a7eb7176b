-- One row per step back, and per ping-pong (there and straight back), between two stages: how often, and what became of the mature
-- journeys that made it beside those that reached the same stage and did not. The stage judged is the further one of the two, so
-- both groups had come equally far. Who turns back differs from who does not in more than that: an association, never a cost that
-- turning back causes; and who goes on at once has had no occasion to turn.
WITH made AS (
    SELECT a.journey_id, a.customer_id, 'step back' AS turn, a.stage AS from_stage, a.next_stage AS to_stage, a.stage AS judged_stage
    FROM stage_visits AS a
    JOIN config_stages AS f ON f.stage = a.stage
    JOIN config_stages AS t ON t.stage = a.next_stage
    WHERE t.stage_rank < f.stage_rank
    UNION ALL
    SELECT
        a.journey_id, a.customer_id, 'ping-pong', a.stage, b.stage,
        CASE WHEN b.stage_rank > a.stage_rank THEN b.stage ELSE a.stage END
    FROM stage_visits AS a
    JOIN stage_visits AS b ON b.journey_id = a.journey_id AND b.visit_number = a.visit_number + 1
    WHERE b.next_stage = a.stage
),

journeys_with AS (
    SELECT turn, from_stage, to_stage, judged_stage, journey_id, customer_id, count(*) AS times
    FROM made
    GROUP BY ALL
),

judged AS (
    SELECT journey_id, customer_id, stage, stage_rank, outcome = 'advanced' AS went_on
    FROM journey_stages
    WHERE is_mature
      AND outcome IN ('advanced', 'dropped')
),

of_stage AS (
    SELECT stage, count(*)::BIGINT AS judged, count(*) FILTER (went_on)::BIGINT AS went_on, count(DISTINCT customer_id)::BIGINT AS customers
    FROM judged
    GROUP BY stage
),

summed AS (
    SELECT
        w.turn, w.from_stage, w.to_stage, w.judged_stage,
        sum(w.times)::BIGINT AS times,
        count(*)::BIGINT AS journeys,
        count(DISTINCT w.customer_id)::BIGINT AS customers,
        count(j.journey_id)::BIGINT AS judged_with,
        count(*) FILTER (j.went_on)::BIGINT AS advanced_with,
        count(DISTINCT j.customer_id)::BIGINT AS judged_customers
    FROM journeys_with AS w
    LEFT JOIN judged AS j ON j.journey_id = w.journey_id AND j.stage = w.judged_stage
    GROUP BY w.turn, w.from_stage, w.to_stage, w.judged_stage
),

beside AS (
    SELECT
        s.*,
        coalesce(o.judged, 0) - s.judged_with AS judged_without,
        coalesce(o.went_on, 0) - s.advanced_with AS advanced_without,
        -- customers may have made it in one journey and not in another, so those without are at least this many
        coalesce(o.customers, 0) - s.judged_customers AS fewest_customers_without
    FROM summed AS s
    LEFT JOIN of_stage AS o ON o.stage = s.judged_stage
)

SELECT
    turn,
    from_stage,
    to_stage,
    judged_stage,
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
FROM beside
ORDER BY turn, times DESC, from_stage, to_stage
