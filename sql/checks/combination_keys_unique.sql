-- Every combination of segment values has a key of its own: journeys are summed by it.
SELECT combination, segment, count(*) AS combinations
FROM combination_traits
GROUP BY combination, segment
HAVING count(*) > 1
