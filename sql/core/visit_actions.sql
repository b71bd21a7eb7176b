-- One row per stage, event name, combination of segment values and party: in how many stage visits customers do it, and how many
-- customers. Each event falls in the last visit of its journey that begins at or before it: the visit of the stage run under way.
-- Where that run is of the next journey (two journeys meet at the event's moment, see `event_places`) it is the last visit of its
-- own; before the first visit of its journey it falls in none. Visit and name are one number, so that each pair is kept once at
-- little cost.
WITH actions AS (
    SELECT p.run_no, p.journey_no, name_of(p.code) AS name_no
    FROM event_places AS p
    JOIN event_kinds AS k ON k.kind = kind_of(p.code)
    WHERE k.actor = 'customer'
      AND p.journey_no IS NOT NULL
),

in_visits AS (
    SELECT DISTINCT (CASE WHEN r.journey_no = a.journey_no THEN r.visit_no ELSE l.visit_no END << 24) | a.name_no AS visit_name
    FROM actions AS a
    JOIN visit_runs AS r ON r.run_no = a.run_no
    LEFT JOIN visits AS l ON l.journey_no = a.journey_no AND r.journey_no = a.journey_no + 1 AND l.next_rank IS NULL
    WHERE r.journey_no = a.journey_no OR l.visit_no IS NOT NULL
),

of_journeys AS (
    SELECT v.stage_rank, v.journey_no, i.visit_name & 16777215 AS name_no, count(*) AS visits
    FROM in_visits AS i
    JOIN visits AS v ON v.visit_no = i.visit_name >> 24
    GROUP BY v.stage_rank, v.journey_no, i.visit_name & 16777215
),

of_parties AS (
    -- several rows of one party in other combinations are the same customer
    SELECT a.stage_rank, a.name_no, p.combination, p.party, sum(a.visits)::BIGINT AS visits, count(*) AS customers
    FROM of_journeys AS a
    JOIN journey_parties AS p USING (journey_no)
    GROUP BY a.stage_rank, a.name_no, p.combination, p.party
),

names AS (
    SELECT DISTINCT name_no, event_name
    FROM event_kinds
)

SELECT p.stage_rank, n.event_name, p.combination, p.party, p.visits, p.customers
FROM of_parties AS p
JOIN names AS n USING (name_no)
