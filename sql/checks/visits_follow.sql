-- The visits of a journey follow each other: numbered from 1 without a gap, each entered when the one before is left, its
-- stage the one that was named next, and never the same stage twice in a row.
WITH pairs AS (
    SELECT
        journey_id, visit_number, stage, next_stage, left_at, entered_at,
        lead(visit_number) OVER w AS number_after,
        lead(stage) OVER w AS stage_after,
        lead(entered_at) OVER w AS entered_after,
        row_number() OVER w AS place
    FROM stage_visits
    WINDOW w AS (PARTITION BY journey_id ORDER BY visit_number)
)

SELECT *
FROM pairs
WHERE visit_number <> place
   OR next_stage IS DISTINCT FROM stage_after
   OR left_at IS DISTINCT FROM entered_after
   OR stage = next_stage
