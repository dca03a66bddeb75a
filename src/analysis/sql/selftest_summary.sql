-- The sentence of a stored self-test, null when the text is none; and whether it was a quick one.
SELECT CASE WHEN json_valid($content) THEN json_extract_string($content, '$.summary') END,
       CASE WHEN json_valid($content) THEN coalesce(json_extract_string($content, '$.quick') = 'true', false)
            ELSE false END;
