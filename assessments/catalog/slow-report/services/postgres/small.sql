-- The work is counted here and in `large`: 50 days, about 100,000 rows.
CALL load.places();
CALL load.history(2000, '2025-06-01 00:00:00Z', 50, 220);
DROP SCHEMA load CASCADE;
