-- by: customer
-- One row per journey: its span, how far it came, where it ended, and the source it began in. A kept start stage counts as reached.
-- Nothing here depends on as_of but which events lie before it, nor on what other customers do: whether the journey is open or
-- dropped, and whether its start was observed, is derived from it in `journey_ends`.
WITH ends AS (
    SELECT journey_no, max(stage_rank) AS furthest_rank, arg_max(stage_rank, visit_no) AS last_rank
    FROM visits
    GROUP BY journey_no
)

SELECT
    j.*,
    greatest(e.furthest_rank, j.start_rank) AS furthest_rank,
    e.last_rank,
    f.source_no
FROM journey_spans AS j
JOIN ends AS e USING (journey_no)
JOIN config_files AS f ON f.file_no = j.first_rid >> 36
