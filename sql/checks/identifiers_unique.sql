-- An identifier belongs to at most one customer.
SELECT kind, identifier, count(*) AS n
FROM identifiers
GROUP BY kind, identifier
HAVING count(*) > 1
