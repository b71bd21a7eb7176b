-- One row per segment value and stage: how many journeys the customer of a journey has there in the mean, that one included (sum of
-- squares by sum): among the journeys that the drop-off rate is of, and among those that the curve of the stage follows.
-- The more there are, the less a journey is worth: `stage_progress` takes the design effect from the first to the second by it.
-- Most customers have one journey, for whom both are 1: they are added up by combination, only the others customer by customer.
WITH counted AS (
    SELECT
        t.combination, f.cohort, f.stage_rank, r.ck,
        count(*) FILTER (f.is_mature AND (f.is_advanced OR f.is_dropped)) AS judged,
        count(f.progress_day) AS followed
    FROM reach_facts AS f
    JOIN journey_traits AS t USING (journey_no)
    LEFT JOIN (SELECT DISTINCT ck FROM journey_spans WHERE journey_number > 1) AS r ON r.ck = f.ck
    GROUP BY t.combination, f.cohort, f.stage_rank, r.ck
),

-- the cohort is the period of entry into the stage, every other segment a trait of the journey
by_value AS (
    SELECT v.value_no, c.stage_rank, c.ck, c.judged, c.followed
    FROM counted AS c
    JOIN combination_values AS v USING (combination)
    WHERE NOT v.is_cohort
    UNION ALL
    SELECT v.value_no, c.stage_rank, c.ck, c.judged, c.followed
    FROM counted AS c
    JOIN segment_values AS v ON v.segment = 'cohort' AND v.segment_value = c.cohort AND v.same_as = v.value_no
),

-- ck is null for all those with one journey
per_customer AS (
    SELECT value_no, stage_rank, ck, sum(judged) AS judged, sum(followed) AS followed
    FROM by_value
    GROUP BY value_no, stage_rank, ck
)

SELECT
    value_no,
    stage_rank,
    (sum(CASE WHEN ck IS NULL THEN judged ELSE judged * judged END) / nullif(sum(judged), 0))::DOUBLE AS judged_company,
    (sum(CASE WHEN ck IS NULL THEN followed ELSE followed * followed END) / nullif(sum(followed), 0))::DOUBLE AS followed_company
FROM per_customer
GROUP BY value_no, stage_rank
