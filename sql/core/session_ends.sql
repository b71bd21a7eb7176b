-- by: customer
-- One row per session: the journeys and stages that it begins and ends in. They differ where a lost event lies between.
WITH entries AS (
    SELECT s.session_no, s.first_pos, p.journey_no, p.stage_rank
    FROM event_places AS p
    JOIN session_spans AS s ON s.first_pos = p.pos
),

exits AS (
    SELECT s.session_no, p.journey_no, p.stage_rank
    FROM event_places AS p
    JOIN session_spans AS s ON s.last_pos = p.pos
)

SELECT
    e.session_no,
    e.first_pos,
    e.journey_no AS entry_journey_no,
    e.stage_rank AS entry_rank,
    x.journey_no AS exit_journey_no,
    x.stage_rank AS exit_rank
FROM entries AS e
JOIN exits AS x USING (session_no)
