-- The visits of a journey follow each other: numbered from 1 without a gap, each entered when the one before is left, its
-- stage the one that was named next, and never the same stage twice in a row.
-- What visits say of the one after, and what later visits are, are the same rows; sums of their hashes tell so without putting
-- millions of visits in order. Only where sums differ is it looked at which visits break the chain.
WITH sums AS (
    SELECT
        sum(hash(journey_id, visit_number + 1, next_stage, left_at)) FILTER (next_stage IS NOT NULL OR left_at IS NOT NULL) AS following,
        sum(hash(journey_id, visit_number, stage, entered_at)) FILTER (visit_number > 1) AS later,
        sum(hash(journey_id)) FILTER (visit_number = 1) AS begun,
        bool_or(visit_number < 1 OR stage = next_stage) AS is_wrong,
        (SELECT sum(hash(journey_id)) FROM journeys) AS journeys
    FROM stage_visits
),

pairs AS (
    SELECT
        journey_id, visit_number, stage, next_stage, left_at, entered_at,
        lead(visit_number) OVER w AS number_after,
        lead(stage) OVER w AS stage_after,
        lead(entered_at) OVER w AS entered_after,
        row_number() OVER w AS place
    FROM stage_visits
    WHERE (SELECT is_wrong OR following IS DISTINCT FROM later OR begun IS DISTINCT FROM journeys FROM sums)
    WINDOW w AS (PARTITION BY journey_id ORDER BY visit_number)
)

SELECT *
FROM pairs
WHERE visit_number <> place
   OR next_stage IS DISTINCT FROM stage_after
   OR left_at IS DISTINCT FROM entered_after
   OR stage = next_stage
