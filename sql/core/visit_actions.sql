-- One row per stage and event name: in how many stage visits customers do it. Each event falls in the last visit of its journey
-- that begins at or before it.
WITH actions AS (
    SELECT p.pos, p.journey_no, p.ck, k.event_name
    FROM event_places AS p
    JOIN event_kinds AS k ON k.kind = kind_of(p.code)
    WHERE k.actor = 'customer'
      AND p.journey_no IS NOT NULL
),

in_visits AS (
    SELECT DISTINCT v.stage_rank, v.visit_no, a.ck, a.event_name
    FROM actions AS a
    ASOF JOIN visits AS v ON v.journey_no = a.journey_no AND a.pos >= v.pos
)

SELECT stage_rank, event_name, count(*) AS visits, count(DISTINCT ck) AS customers
FROM in_visits
GROUP BY stage_rank, event_name
