-- One row per stage and event name: in how many stage visits customers do it. Each event falls in the last visit of its journey
-- that begins at or before it. For engagement that is the visit of the run under way, so only background events look for theirs.
WITH walked AS (
    SELECT
        row_number() OVER () - 1 AS pos, o.ck, o.code, w.engaged OR w.ends AS belongs,
        count(*) FILTER (w.turns) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS run_no
    FROM event_walk AS w
    POSITIONAL JOIN ordered_events AS o
),

background AS (
    SELECT p.pos, p.journey_no, p.ck, p.code
    FROM event_places AS p
    JOIN (SELECT pos FROM walked WHERE NOT belongs) AS w USING (pos)
    WHERE p.journey_no IS NOT NULL
),

in_visits AS (
    SELECT r.visit_no, r.stage_rank, w.ck, w.code
    FROM walked AS w
    JOIN visit_runs AS r USING (run_no)
    WHERE w.belongs
    UNION ALL
    SELECT v.visit_no, v.stage_rank, b.ck, b.code
    FROM background AS b
    ASOF JOIN visits AS v ON v.journey_no = b.journey_no AND b.pos >= v.pos
),

done AS (
    SELECT i.visit_no, k.name_no, any_value(i.stage_rank) AS stage_rank, any_value(i.ck) AS ck
    FROM in_visits AS i
    JOIN event_kinds AS k ON k.kind = kind_of(i.code)
    WHERE k.actor = 'customer'
    GROUP BY i.visit_no, k.name_no
),

counted AS (
    SELECT stage_rank, name_no, count(*) AS visits, count(DISTINCT ck) AS customers
    FROM done
    GROUP BY stage_rank, name_no
)

SELECT c.stage_rank, n.event_name, c.visits, c.customers
FROM counted AS c
JOIN (SELECT DISTINCT name_no, event_name FROM event_kinds) AS n USING (name_no)
