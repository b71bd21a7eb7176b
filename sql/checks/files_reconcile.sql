-- For every file: rows = accepted + duplicate + rejected + ignored.
SELECT source, file, rows, accepted, duplicate, rejected, ignored
FROM files
WHERE rows <> accepted + duplicate + rejected + ignored
