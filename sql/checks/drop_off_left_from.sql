-- The sum of left_from over the stages is the sum of dropped; for cohorts over all of them together.
WITH sums AS (
    SELECT
        segment,
        CASE WHEN segment <> 'cohort' THEN segment_value END AS segment_value,
        sum(left_from) AS left_from,
        sum(dropped) AS dropped
    FROM drop_off
    GROUP BY ALL
)

SELECT *
FROM sums
WHERE left_from <> dropped
