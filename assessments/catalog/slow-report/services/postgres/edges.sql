-- A few parcels by hand, one day and region for each thing that is easily got wrong.
CALL load.places();

-- `promised` and `delivered` are hours after acceptance; one 'delivered' scan for each entry, every other in capitals.
CREATE PROCEDURE load.parcel(
    new_id integer, customer integer, from_depot integer, to_depot integer, accepted timestamptz,
    promised numeric, delivered numeric[], amounts numeric[]
) LANGUAGE sql BEGIN ATOMIC
    INSERT INTO parcels
    VALUES (new_id, customer, from_depot, to_depot, accepted, accepted + promised * interval '1 hour');
    INSERT INTO scans VALUES (new_id, from_depot, 'accepted', accepted), (new_id, to_depot, 'sorted', accepted);
    INSERT INTO scans
    SELECT new_id, to_depot, CASE n % 2 WHEN 0 THEN 'DELIVERED' ELSE 'delivered' END, accepted + hours * interval '1 hour'
    FROM unnest(delivered) WITH ORDINALITY d (hours, n);
    INSERT INTO charges SELECT new_id, 'postage', amount FROM unnest(amounts) amount;
END;

-- BER (depots 5 to 8), 5 May: an ordinary day. Customers 9 and 10 share a name.
CALL load.parcel(1, 9, 5, 37, '2025-05-05 08:00:00Z', 24, '{20}', '{10.50}');
CALL load.parcel(2, 9, 38, 6, '2025-05-05 09:00:00Z', 24, '{30}', '{4.25}');
CALL load.parcel(3, 10, 7, 21, '2025-05-05 10:00:00Z', 24, '{25.5}', '{8.00}');
CALL load.parcel(4, 11, 8, 22, '2025-05-05 11:00:00Z', 24, '{24}', '{7.10}');
CALL load.parcel(5, 12, 1, 40, '2025-05-05 11:30:00Z', 24, '{99}', '{70.00}');
CALL load.parcel(6, 17, 5, 21, '2025-05-05 12:00:00Z', 24, '{99}', '{71.00}');

-- LIS (17 to 20), 6 May: two first, nine ranks, four who share the tenth, two beyond.
CALL load.parcel(20, 101, 17, 1, '2025-05-06 08:00:00Z', 24, '{30}', '{20.00}');
CALL load.parcel(21, 101, 17, 1, '2025-05-06 08:01:00Z', 24, '{30}', '{30.00}');
CALL load.parcel(22, 102, 18, 1, '2025-05-06 08:02:00Z', 24, '{30}', '{49.00}');
CALL load.parcel(23, 102, 18, 1, '2025-05-06 08:03:00Z', 24, '{30}', '{1.00}');
CALL load.parcel(24, 103, 19, 1, '2025-05-06 08:04:00Z', 24, '{30}', '{40.00}');
CALL load.parcel(25, 104, 19, 1, '2025-05-06 08:05:00Z', 24, '{30}', '{39.00}');
CALL load.parcel(26, 105, 19, 1, '2025-05-06 08:06:00Z', 24, '{30}', '{38.00}');
CALL load.parcel(27, 106, 19, 1, '2025-05-06 08:07:00Z', 24, '{30}', '{37.00}');
CALL load.parcel(28, 107, 19, 1, '2025-05-06 08:08:00Z', 24, '{30}', '{36.00}');
CALL load.parcel(29, 108, 19, 1, '2025-05-06 08:09:00Z', 24, '{30}', '{35.00}');
CALL load.parcel(30, 109, 19, 1, '2025-05-06 08:10:00Z', 24, '{30}', '{34.00}');
CALL load.parcel(31, 110, 20, 1, '2025-05-06 08:11:00Z', 24, '{30}', '{10.00}');
CALL load.parcel(32, 111, 20, 1, '2025-05-06 08:12:00Z', 24, '{31}', '{10.00}');
CALL load.parcel(33, 112, 20, 1, '2025-05-06 08:13:00Z', 24, '{32}', '{10.00}');
CALL load.parcel(34, 113, 20, 1, '2025-05-06 08:14:00Z', 24, '{33}', '{10.00}');
CALL load.parcel(35, 114, 20, 1, '2025-05-06 08:15:00Z', 24, '{30}', '{9.99}');
CALL load.parcel(36, 115, 20, 1, '2025-05-06 08:16:00Z', 24, '{20}', '{90.00}');

-- NYC (21 to 24), 7 May: no promise, no delivery, no charge, a charge without an amount, no customer.
CALL load.parcel(40, 131, 21, 1, '2025-05-07 14:00:00Z', NULL, '{200}', '{5.00}');
CALL load.parcel(41, 132, 22, 1, '2025-05-07 14:01:00Z', 24, '{}', '{6.00}');
CALL load.parcel(42, 133, 23, 1, '2025-05-07 14:02:00Z', 24, '{30}', '{}');
CALL load.parcel(43, 134, 24, 1, '2025-05-07 14:03:00Z', 24, '{30}', '{NULL}');
CALL load.parcel(44, 135, 24, 1, '2025-05-07 14:04:00Z', 24, '{30}', '{NULL,3.00}');
CALL load.parcel(45, NULL, 21, 1, '2025-05-07 14:05:00Z', 24, '{30}', '{80.00}');
CALL load.parcel(46, 135, 24, 1, '2025-05-07 14:06:00Z', 24, '{}', '{}');
CALL load.parcel(47, 136, 24, 1, '2025-05-07 14:07:00Z', NULL, '{}', '{}');

-- SFO (29 to 32, seven hours behind) and DEL (13 to 16, five and a half ahead), 8 May: midnight, to the second.
CALL load.parcel(60, 141, 29, 1, '2025-05-08 06:59:59Z', 24, '{30}', '{1.00}');
CALL load.parcel(61, 142, 29, 1, '2025-05-08 07:00:00Z', 24, '{30}', '{2.00}');
CALL load.parcel(62, 143, 29, 1, '2025-05-09 06:59:59Z', 24, '{30}', '{3.00}');
CALL load.parcel(63, 144, 29, 1, '2025-05-09 07:00:00Z', 24, '{30}', '{4.00}');
CALL load.parcel(64, 145, 13, 1, '2025-05-07 18:29:59Z', 24, '{30}', '{5.00}');
CALL load.parcel(65, 146, 13, 1, '2025-05-07 18:30:00Z', 24, '{30}', '{6.00}');
CALL load.parcel(66, 147, 13, 1, '2025-05-08 18:29:59.5Z', 24, '{30}', '{7.00}');
CALL load.parcel(67, 148, 13, 1, '2025-05-08 18:30:00Z', 24, '{30}', '{8.00}');

-- BER, 26 October: 25 hours. NYC, 9 March: 23 hours.
CALL load.parcel(80, 181, 5, 1, '2025-10-25 22:00:00Z', 24, '{30}', '{1.00}');
CALL load.parcel(81, 182, 5, 1, '2025-10-26 22:30:00Z', 24, '{30}', '{2.00}');
CALL load.parcel(82, 183, 5, 1, '2025-10-26 23:00:00Z', 24, '{30}', '{3.00}');
CALL load.parcel(83, 184, 21, 1, '2025-03-09 05:00:00Z', 24, '{30}', '{4.00}');
CALL load.parcel(84, 185, 21, 1, '2025-03-10 03:59:59Z', 24, '{30}', '{5.00}');
CALL load.parcel(85, 186, 21, 1, '2025-03-10 04:00:00Z', 24, '{30}', '{6.00}');

-- TYO (37 to 40), 12 May: both depots in the region, deliveries scanned again, several charges.
CALL load.parcel(100, 191, 37, 38, '2025-05-12 01:00:00Z', 24, '{20}', '{9.00}');
CALL load.parcel(101, 192, 37, 39, '2025-05-12 01:01:00Z', 24, '{30,30.5,31}', '{1.00}');
CALL load.parcel(102, 193, 37, 1, '2025-05-12 01:02:00Z', 24, '{20,20.1,26}', '{1.00,1.00,2.00}');
CALL load.parcel(103, 194, 37, 1, '2025-05-12 01:03:00Z', 24, '{30}', '{1.00,2.00,-0.50}');
CALL load.parcel(104, 195, 40, 40, '2025-05-12 01:04:00Z', 24, '{40,28}', '{5.00,5.00}');
CALL load.parcel(105, 195, 40, 1, '2025-05-12 01:05:00Z', 24, '{60}', '{0.01}');

DROP SCHEMA load CASCADE;
