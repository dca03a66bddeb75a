-- The facts of each platform that appears, in the order they are stored in its file.
SELECT p.index::UBIGINT, f.key, f.value
FROM facts AS f JOIN present_platforms AS p USING (source)
ORDER BY p.index, f.rowid;
