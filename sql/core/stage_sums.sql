-- One row per segment value and stage: the sums that `drop_off` and the intervals of `stage_progress` are made of. Of the journeys
-- judged (mature, advanced or dropped): m customers, n journeys, and the sums over customers of y_c² (y_c of them dropped), y_c·n_c and
-- n_c². followed: the journeys that the curve of the stage follows; followed_nn: the sum of their squares over customers.
-- Distinct customers and sums of squares are told customer by customer. Most customers have one journey, for whom these are the sums
-- per journey: they are added up by combination of segment values, and only the others customer by customer.
WITH facts AS (
    SELECT
        f.ck, f.stage_rank, f.is_advanced, f.is_dropped, f.is_open, f.is_left_from, f.is_mature, f.progress_day, f.cohort,
        t.combination,
        r.ck IS NOT NULL AS repeats
    FROM reach_facts AS f
    JOIN journey_traits AS t USING (journey_no)
    LEFT JOIN (SELECT DISTINCT ck FROM journey_spans WHERE journey_number > 1) AS r ON r.ck = f.ck
),

cohorts AS (
    SELECT value_no, segment_value AS cohort
    FROM segment_values
    WHERE segment = 'cohort' AND same_as = value_no
),

fixed AS (
    SELECT combination, value_no
    FROM combination_values
    WHERE NOT is_cohort
),

alone AS (
    SELECT
        combination, cohort, stage_rank,
        count(*) AS reached,
        count(*) FILTER (is_advanced) AS advanced,
        count(*) FILTER (is_dropped) AS dropped,
        count(*) FILTER (is_open) AS open,
        count(*) FILTER (is_left_from) AS left_from,
        count(*) FILTER (is_mature) AS mature_reached,
        count(*) FILTER (is_mature AND is_advanced) AS mature_advanced,
        count(*) FILTER (is_mature AND is_dropped) AS mature_dropped,
        count(progress_day) AS followed
    FROM facts
    WHERE NOT repeats
    GROUP BY combination, cohort, stage_rank
),

alone_by_value AS (
    SELECT v.value_no, a.* FROM alone AS a JOIN fixed AS v USING (combination)
    UNION ALL
    SELECT v.value_no, a.* FROM alone AS a JOIN cohorts AS v USING (cohort)
),

repeated_by_value AS (
    SELECT v.value_no, f.* FROM (SELECT * FROM facts WHERE repeats) AS f JOIN fixed AS v USING (combination)
    UNION ALL
    SELECT v.value_no, f.* FROM (SELECT * FROM facts WHERE repeats) AS f JOIN cohorts AS v USING (cohort)
),

per_customer AS (
    SELECT
        value_no, stage_rank, ck,
        count(*) AS reached,
        count(*) FILTER (is_advanced) AS advanced,
        count(*) FILTER (is_dropped) AS dropped,
        count(*) FILTER (is_open) AS open,
        count(*) FILTER (is_left_from) AS left_from,
        count(*) FILTER (is_mature) AS mature_reached,
        count(*) FILTER (is_mature AND is_advanced) AS mature_advanced,
        count(*) FILTER (is_mature AND is_dropped) AS mature_dropped,
        count(progress_day) AS followed,
        mature_advanced + mature_dropped AS n_c
    FROM repeated_by_value
    GROUP BY value_no, stage_rank, ck
),

parts AS (
    SELECT
        value_no, stage_rank, reached, advanced, dropped, open, left_from, mature_reached, mature_advanced, mature_dropped,
        followed,
        1 AS customers,
        (n_c > 0)::INTEGER AS m,
        n_c AS n,
        mature_dropped * mature_dropped AS yy,
        mature_dropped * n_c AS yn,
        n_c * n_c AS nn,
        followed * followed AS followed_nn
    FROM per_customer
    UNION ALL
    SELECT
        value_no, stage_rank, reached, advanced, dropped, open, left_from, mature_reached, mature_advanced, mature_dropped,
        followed,
        reached AS customers,
        mature_advanced + mature_dropped AS m,
        mature_advanced + mature_dropped AS n,
        mature_dropped AS yy,
        mature_dropped AS yn,
        mature_advanced + mature_dropped AS nn,
        followed AS followed_nn
    FROM alone_by_value
)

SELECT
    value_no, stage_rank,
    sum(reached)::BIGINT AS reached,
    sum(advanced)::BIGINT AS advanced,
    sum(dropped)::BIGINT AS dropped,
    sum(open)::BIGINT AS open,
    sum(left_from)::BIGINT AS left_from,
    sum(mature_reached)::BIGINT AS mature_reached,
    sum(mature_advanced)::BIGINT AS mature_advanced,
    sum(mature_dropped)::BIGINT AS mature_dropped,
    sum(customers)::BIGINT AS customers,
    sum(m)::BIGINT AS m,
    sum(n)::DOUBLE AS n,
    sum(yy)::DOUBLE AS yy,
    sum(yn)::DOUBLE AS yn,
    sum(nn)::DOUBLE AS nn,
    sum(followed)::DOUBLE AS followed,
    sum(followed_nn)::DOUBLE AS followed_nn
FROM parts
GROUP BY value_no, stage_rank
