-- One row per segment value, stage and day since first being at the stage or beyond on which something happens: how many
-- journeys had gone on or dropped by then, estimated in spite of those that are still open (Aalen-Johansen).
-- Journeys whose start was not observed stay out; the goal has no rows, as nobody goes on from it. The variance is Aalen's
-- form by the delta method; its squares are multiplied out, so that running sums give it for every day in one pass.
-- Several journeys of one customer resemble each other: intervals are those of the variance times the design effect, which is read
-- off the stage's drop-off rate (of small groups that of all), as `contrasts` does. The curve follows more journeys per customer
-- than can be judged for that rate, so what exceeds 1 grows with the further journeys that a journey has beside it. A further one
-- adds at most 1 (journeys wholly alike), which keeps a chance finding in few repeats from being multiplied.
-- *_company: how many journeys the customer of a journey has in the mean over journeys, that one included.
WITH counted AS (
    SELECT
        t.combination, f.cohort, f.stage_rank, f.progress_day AS day,
        count(*) FILTER (f.is_advanced) AS advanced,
        count(*) FILTER (f.is_dropped) AS dropped,
        count(*) AS ended
    FROM reach_facts AS f
    JOIN journey_traits AS t USING (journey_no)
    WHERE f.progress_day IS NOT NULL
    GROUP BY t.combination, f.cohort, f.stage_rank, f.progress_day
),

-- the cohort is the period of entry into the stage, every other segment a trait of the journey
parts AS (
    SELECT v.value_no, c.stage_rank, c.day, c.advanced, c.dropped, c.ended
    FROM counted AS c
    JOIN combination_values AS v USING (combination)
    WHERE NOT v.is_cohort
    UNION ALL
    SELECT v.value_no, c.stage_rank, c.day, c.advanced, c.dropped, c.ended
    FROM counted AS c
    JOIN segment_values AS v ON v.segment = 'cohort' AND v.segment_value = c.cohort AND v.same_as = v.value_no
),

daily AS (
    SELECT
        p.value_no, p.stage_rank, s.stage, p.day,
        sum(p.advanced)::BIGINT AS advanced,
        sum(p.dropped)::BIGINT AS dropped,
        sum(p.ended - p.advanced - p.dropped)::BIGINT AS censored
    FROM parts AS p
    JOIN config_stages AS s USING (stage_rank)
    WHERE NOT s.is_goal
    GROUP BY p.value_no, p.stage_rank, s.stage, p.day
),

at_risk AS (
    SELECT *, sum(advanced + dropped + censored) OVER (
        PARTITION BY value_no, stage_rank ORDER BY day ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
    )::BIGINT AS at_risk
    FROM daily
),

surviving AS (
    SELECT *, product(1 - (advanced + dropped) / at_risk) OVER so_far AS staying
    FROM at_risk
    WINDOW so_far AS (PARTITION BY value_no, stage_rank ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),

-- staying_before: the share that had neither gone on nor dropped before this day
stepped AS (
    SELECT *, coalesce(lag(staying) OVER (PARTITION BY value_no, stage_rank ORDER BY day), 1.0) AS staying_before
    FROM surviving
),

summed AS (
    SELECT
        *,
        sum(staying_before * advanced / at_risk) OVER so_far AS f1,
        sum(staying_before * dropped / at_risk) OVER so_far AS f2,
        CASE WHEN at_risk > advanced + dropped THEN (advanced + dropped) / (at_risk * (at_risk - advanced - dropped)) ELSE 0 END AS hazard,
        staying_before * advanced / at_risk ** 2 AS step1,
        staying_before * dropped / at_risk ** 2 AS step2
    FROM stepped
    WINDOW so_far AS (PARTITION BY value_no, stage_rank ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),

varied AS (
    SELECT
        *,
        greatest(0, f1 ** 2 * sum(hazard) OVER so_far - 2 * f1 * sum(hazard * f1) OVER so_far + sum(hazard * f1 ** 2) OVER so_far
            + sum(staying_before * step1 * (at_risk - advanced) / at_risk) OVER so_far
            - 2 * (f1 * sum(step1) OVER so_far - sum(step1 * f1) OVER so_far)) AS v1,
        greatest(0, f2 ** 2 * sum(hazard) OVER so_far - 2 * f2 * sum(hazard * f2) OVER so_far + sum(hazard * f2 ** 2) OVER so_far
            + sum(staying_before * step2 * (at_risk - dropped) / at_risk) OVER so_far
            - 2 * (f2 * sum(step2) OVER so_far - sum(step2 * f2) OVER so_far)) AS v2
    FROM summed
    WINDOW so_far AS (PARTITION BY value_no, stage_rank ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),

judged AS (
    SELECT
        d.segment, d.segment_value, d.stage_rank, d.is_small,
        c.nn / nullif(c.n, 0) AS judged_company,
        c.followed_nn / nullif(c.followed, 0) AS followed_company,
        greatest(1, round((d.mature_dropped + d.mature_advanced) / effective_n(d.drop_off_rate, d.rate_low, d.rate_high), 9)) AS effect
    FROM drop_off AS d
    JOIN segment_values AS v USING (segment, segment_value)
    JOIN stage_sums AS c ON c.value_no = v.same_as AND c.stage_rank = d.stage_rank
    WHERE d.drop_off_rate > 0
      AND d.drop_off_rate < 1
),

designs AS (
    SELECT
        segment, segment_value, stage_rank, is_small,
        CASE WHEN judged_company > 1 AND followed_company IS NOT NULL
            THEN 1 + least(1, (effect - 1) / (judged_company - 1)) * (followed_company - 1)
            ELSE effect
        END AS effect
    FROM judged
),

-- the interval on the scale log(-log(1 - F)), which stays within 0 and 1; none where F is 0 or 1 but for rounding
widths AS (
    SELECT
        *,
        CASE WHEN f1 > 1e-12 AND f1 < 1 - 1e-12 THEN 1.959964 * sqrt(v1) / ((1 - f1) * abs(ln(1 - f1))) END AS w1,
        CASE WHEN f2 > 1e-12 AND f2 < 1 - 1e-12 THEN 1.959964 * sqrt(v2) / ((1 - f2) * abs(ln(1 - f2))) END AS w2
    FROM varied
)

SELECT
    v.segment,
    v.segment_value,
    w.stage,
    w.stage_rank,
    w.day,
    w.at_risk,
    w.advanced,
    w.dropped,
    w.censored,
    w.f1 AS advanced_incidence,
    w.v1 AS advanced_variance,
    1 - (1 - w.f1) ** exp(-w.w1 * sqrt(coalesce(o.effect, a.effect, 1))) AS advanced_low,
    1 - (1 - w.f1) ** exp(w.w1 * sqrt(coalesce(o.effect, a.effect, 1))) AS advanced_high,
    w.f2 AS dropped_incidence,
    w.v2 AS dropped_variance,
    1 - (1 - w.f2) ** exp(-w.w2 * sqrt(coalesce(o.effect, a.effect, 1))) AS dropped_low,
    1 - (1 - w.f2) ** exp(w.w2 * sqrt(coalesce(o.effect, a.effect, 1))) AS dropped_high
FROM widths AS w
JOIN segment_values AS v ON v.same_as = w.value_no
LEFT JOIN designs AS o
    ON o.segment = v.segment AND o.segment_value = v.segment_value AND o.stage_rank = w.stage_rank AND NOT o.is_small
LEFT JOIN designs AS a ON a.segment = 'all' AND a.stage_rank = w.stage_rank
ORDER BY v.segment, v.segment_value, w.stage_rank, w.day
