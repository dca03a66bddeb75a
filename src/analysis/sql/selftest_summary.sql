-- The sentence of a stored self-test; null when the text is none.
SELECT CASE WHEN json_valid($content) THEN json_extract_string($content, '$.summary') END;
