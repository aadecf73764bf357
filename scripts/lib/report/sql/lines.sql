-- The table that load_lines.sql fills: a column for each field of fields.py.
CREATE TABLE lines AS
SELECT {selection}, ''::VARCHAR AS kind, 0::UBIGINT AS identity
FROM read_json({file}, format = 'newline_delimited', columns = {columns}) LIMIT 0;
