-- One row per journey: how far it came, where it ended and how. A kept start stage counts as reached.
-- What depends on as_of (open, dropped) is derived here and never stored between runs.
WITH ends AS (
    SELECT journey_no, max(stage_rank) AS furthest_rank, arg_max(stage_rank, visit_no) AS last_rank
    FROM visits
    GROUP BY journey_no
),

judged AS (
    SELECT
        j.*,
        greatest(e.furthest_rank, j.start_rank) AS furthest_rank,
        e.last_rank,
        f.source_no,
        j.started_t - epoch_us(p.first_event_at) > getvariable('journey_timeout') AS start_observed
    FROM journey_spans AS j
    JOIN ends AS e USING (journey_no)
    JOIN config_files AS f ON f.file_no = j.first_rid >> 36
    JOIN source_periods AS p ON p.source_no = f.source_no
)

SELECT
    j.*,
    CASE
        WHEN j.furthest_rank = (SELECT max(s.stage_rank) FROM config_stages AS s) THEN 'completed'
        WHEN j.is_lost OR c.as_of_us - j.last_t > getvariable('journey_timeout') THEN 'dropped'
        ELSE 'open'
    END AS outcome
FROM judged AS j
CROSS JOIN run_clock AS c
