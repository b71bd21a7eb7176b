-- One row per step back, and per ping-pong (there and straight back), between two stages: how often, and what became of the mature
-- journeys that made it beside those that reached the same stage and did not. The stage judged is the further one of the two, so
-- both groups had come equally far. Who turns back differs from who does not in more than that: an association, never a cost that
-- turning back causes; and who goes on at once has had no occasion to turn.
-- Visits stand in order, so the visit after next is told from the row after; stages are numbers until the end.
WITH walk AS (
    SELECT journey_no, ck, stage_rank, next_rank, CASE WHEN next_rank IS NOT NULL THEN lead(next_rank) OVER () END AS rank_after
    FROM visits
),

-- a turn between two stages is one number, so that few and narrow columns are grouped: at a hundred million events the groups are many
made AS (
    SELECT journey_no, ck, (stage_rank * 64 + next_rank)::SMALLINT AS move
    FROM walk
    WHERE next_rank < stage_rank
    UNION ALL
    SELECT journey_no, ck, (4096 + stage_rank * 64 + next_rank)::SMALLINT AS move
    FROM walk
    WHERE rank_after = stage_rank
),

journeys_with AS (
    SELECT move, greatest((move >> 6) & 63, move & 63) AS judged_rank, journey_no, min(ck) AS ck, count(*)::INTEGER AS times
    FROM made
    GROUP BY move, journey_no
),

judged AS (
    SELECT journey_no, ck, stage_rank, is_advanced AS went_on
    FROM reach_facts
    WHERE is_mature
      AND (is_advanced OR is_dropped)
),

by_customer AS (
    SELECT stage_rank, ck, count(*) AS n, count(*) FILTER (went_on) AS y
    FROM judged
    GROUP BY stage_rank, ck
),

of_stage AS (
    SELECT stage_rank, sum(n) AS n, sum(y) AS y, count(*) AS m, sum(y * y) AS yy, sum(y * n) AS yn, sum(n * n) AS nn
    FROM by_customer
    GROUP BY stage_rank
),

with_customer AS (
    SELECT
        w.move, w.judged_rank, w.ck,
        sum(w.times) AS times, count(*) AS journeys, count(j.journey_no) AS n, count(*) FILTER (j.went_on) AS y
    FROM journeys_with AS w
    LEFT JOIN judged AS j ON j.journey_no = w.journey_no AND j.stage_rank = w.judged_rank
    GROUP BY w.move, w.judged_rank, w.ck
),

-- a customer may have made it in one journey and not in another: `less_*` is what takes all those of the stage to those without
summed AS (
    SELECT
        CASE WHEN w.move < 4096 THEN 'step back' ELSE 'ping-pong' END AS turn,
        (w.move >> 6) & 63 AS from_rank, w.move & 63 AS to_rank, w.judged_rank,
        sum(w.times)::BIGINT AS times,
        sum(w.journeys)::BIGINT AS journeys,
        count(*)::BIGINT AS customers,
        sum(w.n)::BIGINT AS judged_with,
        sum(w.y)::BIGINT AS advanced_with,
        count(*) FILTER (w.n > 0) AS m,
        sum(w.y * w.y) AS yy, sum(w.y * w.n) AS yn, sum(w.n * w.n) AS nn,
        count(*) FILTER (w.n > 0 AND w.n = c.n) AS less_m,
        coalesce(sum(c.y * c.y - (c.y - w.y) * (c.y - w.y)), 0) AS less_yy,
        coalesce(sum(c.y * c.n - (c.y - w.y) * (c.n - w.n)), 0) AS less_yn,
        coalesce(sum(c.n * c.n - (c.n - w.n) * (c.n - w.n)), 0) AS less_nn
    FROM with_customer AS w
    LEFT JOIN by_customer AS c ON c.stage_rank = w.judged_rank AND c.ck = w.ck
    GROUP BY w.move, w.judged_rank
),

beside AS (
    SELECT
        s.*,
        (coalesce(o.n, 0) - s.judged_with)::BIGINT AS judged_without,
        (coalesce(o.y, 0) - s.advanced_with)::BIGINT AS advanced_without,
        coalesce(o.m, 0) - s.less_m AS customers_without,
        o.yy - s.less_yy AS yy_without, o.yn - s.less_yn AS yn_without, o.nn - s.less_nn AS nn_without
    FROM summed AS s
    LEFT JOIN of_stage AS o ON o.stage_rank = s.judged_rank
),

sized AS (
    SELECT
        *,
        judged_with / design_effect(m, judged_with, advanced_with, yy, yn, nn) AS n_with,
        judged_without / design_effect(customers_without, judged_without, advanced_without, yy_without, yn_without, nn_without)
            AS n_without
    FROM beside
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
    wilson_low(advance_with, n_with) AS with_low,
    wilson_high(advance_with, n_with) AS with_high,
    judged_without,
    advanced_without,
    advanced_without / nullif(judged_without, 0) AS advance_without,
    wilson_low(advance_without, n_without) AS without_low,
    wilson_high(advance_without, n_without) AS without_high,
    m < getvariable('minimum') OR customers_without < getvariable('minimum') AS is_small
FROM sized AS b
JOIN config_stages AS f ON f.stage_rank = b.from_rank
JOIN config_stages AS t ON t.stage_rank = b.to_rank
JOIN config_stages AS j ON j.stage_rank = b.judged_rank
ORDER BY turn, times DESC, from_stage, to_stage
