-- One row per stage and event name: in how many stage visits customers do it. Each event falls in the last visit of its journey
-- that begins at or before it. For engagement that is the visit of the run under way, so only background events look for theirs.
-- What is done in a visit is a set of names, kept as bits of a number (64 names a number): sets are united and counted, so that
-- no event is compared with another.
WITH walked AS NOT MATERIALIZED (
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

in_runs AS (
    SELECT w.run_no, k.name_no >> 6 AS part, bit_or(1::UBIGINT << (k.name_no & 63)) AS names
    FROM walked AS w
    JOIN event_kinds AS k ON k.kind = kind_of(w.code)
    WHERE w.belongs
      AND k.actor = 'customer'
    GROUP BY ALL
),

in_visits AS (
    SELECT r.visit_no, r.stage_rank, r.ck, i.part, i.names
    FROM in_runs AS i
    JOIN visit_runs AS r USING (run_no)
    UNION ALL
    SELECT v.visit_no, v.stage_rank, b.ck, k.name_no >> 6 AS part, 1::UBIGINT << (k.name_no & 63) AS names
    FROM background AS b
    ASOF JOIN visits AS v ON v.journey_no = b.journey_no AND b.pos >= v.pos
    JOIN event_kinds AS k ON k.kind = kind_of(b.code)
    WHERE k.actor = 'customer'
),

of_visits AS (
    SELECT any_value(stage_rank) AS stage_rank, any_value(ck) AS ck, part, bit_or(names) AS names
    FROM in_visits
    GROUP BY visit_no, part
),

of_customers AS (
    SELECT stage_rank, part, bit_or(names) AS names
    FROM of_visits
    GROUP BY ck, stage_rank, part
),

sets AS (
    SELECT stage_rank, part, names, count(*) AS visits, 0 AS customers
    FROM of_visits
    GROUP BY stage_rank, part, names
    UNION ALL
    SELECT stage_rank, part, names, 0 AS visits, count(*) AS customers
    FROM of_customers
    GROUP BY stage_rank, part, names
),

counted AS (
    SELECT s.stage_rank, (s.part << 6) | b.bit AS name_no, sum(s.visits)::BIGINT AS visits, sum(s.customers)::BIGINT AS customers
    FROM sets AS s
    JOIN (SELECT unnest(range(64)) AS bit) AS b ON (s.names >> b.bit::UBIGINT) & 1 = 1
    GROUP BY ALL
)

SELECT c.stage_rank, n.event_name, c.visits, c.customers
FROM counted AS c
JOIN (SELECT DISTINCT name_no, event_name FROM event_kinds) AS n USING (name_no)
