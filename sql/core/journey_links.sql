-- One row per journey by its id: the combination of segment values it is summed by, and its party; for what is told of published
-- tables.
SELECT k.journey_id, p.journey_no, p.combination, p.party
FROM journey_keys AS k
JOIN journey_parties AS p USING (journey_no)
