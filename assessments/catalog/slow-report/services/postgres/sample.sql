-- The data set of the visible tests: 50 days, about 100,000 rows.
CALL load.places();
CALL load.history(1000, '2025-03-01 00:00:00Z', 50, 220);
DROP SCHEMA load CASCADE;
