-- The late parcels of the day $1 (date) in the region $2 (text), by customer.
-- The answer is right, but it takes far too much work.
WITH deliveries AS (
    SELECT parcel_id, min(scanned_at) AS delivered_at
    FROM scans
    WHERE lower(kind) = 'delivered'
    GROUP BY parcel_id
),
figures AS (
    SELECT DISTINCT
        c.id,
        c.name,
        (
            SELECT count(DISTINCT p.id)
            FROM parcels p
            JOIN depots d ON d.id = p.from_depot_id OR d.id = p.to_depot_id
            JOIN regions r ON r.code = d.region
            WHERE p.customer_id = c.id
              AND r.code = $2
              AND (p.accepted_at AT TIME ZONE r.time_zone)::date = $1
        ) AS parcels,
        (
            SELECT count(DISTINCT p.id)
            FROM parcels p
            JOIN depots d ON d.id = p.from_depot_id OR d.id = p.to_depot_id
            JOIN regions r ON r.code = d.region
            JOIN deliveries x ON x.parcel_id = p.id
            WHERE p.customer_id = c.id
              AND r.code = $2
              AND (p.accepted_at AT TIME ZONE r.time_zone)::date = $1
        ) AS delivered,
        (
            SELECT count(DISTINCT p.id)
            FROM parcels p
            JOIN depots d ON d.id = p.from_depot_id OR d.id = p.to_depot_id
            JOIN regions r ON r.code = d.region
            JOIN deliveries x ON x.parcel_id = p.id
            WHERE p.customer_id = c.id
              AND r.code = $2
              AND (p.accepted_at AT TIME ZONE r.time_zone)::date = $1
              AND x.delivered_at > p.promised_at
        ) AS late,
        (
            SELECT round(avg(extract(epoch FROM t.delivered_at - t.accepted_at)) / 3600, 2)
            FROM (
                SELECT DISTINCT p.id, p.accepted_at, x.delivered_at
                FROM parcels p
                JOIN depots d ON d.id = p.from_depot_id OR d.id = p.to_depot_id
                JOIN regions r ON r.code = d.region
                JOIN deliveries x ON x.parcel_id = p.id
                WHERE p.customer_id = c.id
                  AND r.code = $2
                  AND (p.accepted_at AT TIME ZONE r.time_zone)::date = $1
            ) t
        ) AS average_hours,
        (
            SELECT coalesce(sum(h.amount), 0)
            FROM charges h
            WHERE h.parcel_id IN (
                SELECT p.id
                FROM parcels p
                JOIN depots d ON d.id = p.from_depot_id OR d.id = p.to_depot_id
                JOIN regions r ON r.code = d.region
                WHERE p.customer_id = c.id
                  AND r.code = $2
                  AND (p.accepted_at AT TIME ZONE r.time_zone)::date = $1
            )
        ) AS charged
    FROM customers c
    WHERE c.id NOT IN (SELECT customer_id FROM internal_accounts WHERE customer_id IS NOT NULL)
),
ranked AS (
    SELECT
        (
            SELECT count(*) + 1
            FROM figures o
            WHERE o.parcels > 0 AND (o.late > f.late OR (o.late = f.late AND o.charged > f.charged))
        ) AS rank,
        f.id AS customer_id,
        f.name AS customer,
        f.parcels,
        f.delivered,
        f.late,
        f.average_hours,
        f.charged
    FROM figures f
    WHERE f.parcels > 0
)
SELECT rank, customer_id, customer, parcels, delivered, late, average_hours, charged
FROM ranked
WHERE rank <= 10
ORDER BY rank, customer_id;
