-- Ten times the history of `small`, as many parcels a day: 500 days, about 1,000,000 rows.
CALL load.places();
CALL load.history(3000, '2024-03-01 00:00:00Z', 500, 220);
DROP SCHEMA load CASCADE;
