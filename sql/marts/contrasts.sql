-- One row per segment value and stage: its drop-off rate beside that of all other journeys of the same stage, the difference, and
-- whether it is beyond chance. Everything is told from drop_off: a row's own interval says by how much the several journeys of
-- one customer lessen what its counts are worth (the design effect), and the others are taken to be worth as little as all are.
-- Small groups are not tested, nor are segments that are told by what came of a journey. Benjamini-Hochberg over the whole table.
WITH pairs AS (
    SELECT
        g.segment, g.segment_value, g.stage, g.stage_rank,
        g.mature_dropped AS dropped,
        g.mature_dropped + g.mature_advanced AS judged,
        w.mature_dropped - g.mature_dropped AS rest_dropped,
        w.mature_dropped + w.mature_advanced - g.mature_dropped - g.mature_advanced AS rest_judged,
        w.drop_off_rate AS whole_rate,
        effective_n(g.drop_off_rate, g.rate_low, g.rate_high) AS n,
        effective_n(w.drop_off_rate, w.rate_low, w.rate_high) / (w.mature_dropped + w.mature_advanced) AS worth
    FROM drop_off AS g
    JOIN drop_off AS w ON w.segment = 'all' AND w.stage_rank = g.stage_rank
    JOIN config_segments AS s ON s.segment = g.segment AND NOT s.known_afterwards
    WHERE g.segment <> 'all'
      AND NOT g.is_small
      AND w.mature_dropped + w.mature_advanced - g.mature_dropped - g.mature_advanced >= getvariable('minimum')
),

rated AS (
    SELECT *, dropped / judged AS rate, rest_dropped / rest_judged AS rest_rate, rest_judged * worth AS rest_n
    FROM pairs
),

tested AS (
    SELECT
        *,
        CASE WHEN whole_rate > 0 AND whole_rate < 1
            THEN two_sided_p((rate - rest_rate) / sqrt(whole_rate * (1 - whole_rate) * (1 / n + 1 / rest_n)))
            ELSE 1.0
        END AS p_value
    FROM rated
),

ranked AS (
    SELECT *, count(*) OVER () * p_value / count(*) OVER (ORDER BY p_value) AS raised
    FROM tested
),

adjusted AS (
    -- the largest is raised by nothing, which rounding must not turn into a little less
    SELECT *, greatest(p_value, least(1, min(raised) OVER (ORDER BY p_value DESC))) AS p_adjusted
    FROM ranked
)

SELECT
    segment,
    segment_value,
    stage,
    stage_rank,
    rate,
    judged,
    rest_rate,
    rest_judged,
    rate - rest_rate AS difference,
    rate - rest_rate - sqrt((rate - wilson_low(rate, n)) ** 2 + (wilson_high(rest_rate, rest_n) - rest_rate) ** 2) AS low,
    rate - rest_rate + sqrt((wilson_high(rate, n) - rate) ** 2 + (rest_rate - wilson_low(rest_rate, rest_n)) ** 2) AS high,
    p_value,
    p_adjusted,
    p_adjusted <= 0.05 AS survives
FROM adjusted
ORDER BY p_value, segment, segment_value, stage_rank
