-- A few customers send nearly everything; customers and promises are often missing, deliveries often scanned twice.
CALL load.places();
CALL load.history(4000, '2025-11-10 00:00:00Z', 6, 200, skew => 9, lost => 0.25, unpromised => 0.4, rescanned => 0.5);
DROP SCHEMA load CASCADE;
