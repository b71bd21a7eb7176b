-- Every rejected row of a file stands in rejected_rows.
SELECT f.source, f.file, f.rejected, count(r.line) AS found
FROM files AS f
LEFT JOIN rejected_rows AS r USING (source, file)
GROUP BY f.source, f.file, f.rejected
HAVING f.rejected <> count(r.line)
