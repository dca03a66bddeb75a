-- The file that the statements after this one look at.
SET VARIABLE run_file = $path;
