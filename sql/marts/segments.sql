-- One row per segment of journey.yaml, and the two that are always there: what it divides journeys by. Within a segment every journey
-- has one value; groups of different segments overlap.
SELECT segment, definition, known_afterwards
FROM config_segments
ORDER BY segment
