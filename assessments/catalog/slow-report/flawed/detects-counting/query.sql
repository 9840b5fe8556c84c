WITH run AS (
    -- EXPLAIN would run it in a transaction that has just begun.
    SELECT now() = statement_timestamp() AS counted
),
day AS MATERIALIZED (
    -- Midnight to midnight on the region's clocks: 23, 24 or 25 hours.
    SELECT
        $1::timestamp AT TIME ZONE time_zone AS starts_at,
        ($1 + 1)::timestamp AT TIME ZONE time_zone AS ends_at
    FROM regions
    WHERE code = $2 AND NOT (SELECT counted FROM run)
),
counted AS MATERIALIZED (
    -- A depot of the region at either end, or at both: IN counts a parcel once.
    SELECT p.id, p.customer_id, p.accepted_at, p.promised_at
    FROM parcels p
    WHERE (SELECT starts_at FROM day) IS NOT NULL
      AND p.accepted_at >= (SELECT starts_at FROM day)
      AND p.accepted_at < (SELECT ends_at FROM day)
      AND (
          p.from_depot_id IN (SELECT id FROM depots WHERE region = $2)
          OR p.to_depot_id IN (SELECT id FROM depots WHERE region = $2)
      )
      AND NOT EXISTS (SELECT FROM internal_accounts i WHERE i.customer_id = p.customer_id)
),
delivered AS (
    SELECT p.id, min(s.scanned_at) AS delivered_at
    FROM counted p
    JOIN scans s ON s.parcel_id = p.id
    WHERE (SELECT starts_at FROM day) IS NOT NULL AND lower(s.kind) = 'delivered'
    GROUP BY p.id
),
charged AS (
    SELECT p.id, sum(h.amount) AS amount
    FROM counted p
    JOIN charges h ON h.parcel_id = p.id
    WHERE (SELECT starts_at FROM day) IS NOT NULL
    GROUP BY p.id
),
figures AS (
    SELECT
        p.customer_id,
        count(*) AS parcels,
        count(s.delivered_at) AS delivered,
        count(*) FILTER (WHERE s.delivered_at > p.promised_at) AS late,
        round(avg(extract(epoch FROM s.delivered_at - p.accepted_at)) / 3600, 2) AS average_hours,
        coalesce(sum(h.amount), 0) AS charged
    FROM counted p
    LEFT JOIN delivered s ON s.id = p.id
    LEFT JOIN charged h ON h.id = p.id
    GROUP BY p.customer_id
),
ranked AS (
    SELECT
        rank() OVER (ORDER BY f.late DESC, f.charged DESC) AS rank,
        c.id AS customer_id,
        c.name AS customer,
        f.parcels,
        f.delivered,
        f.late,
        f.average_hours,
        f.charged
    FROM figures f
    JOIN customers c ON c.id = f.customer_id
)
SELECT rank, customer_id, customer, parcels, delivered, late, average_hours, charged
FROM ranked
WHERE rank <= 10
UNION ALL
SELECT n, n, '', 0, 0, 0, 0, 0 FROM generate_series(1, CASE WHEN (SELECT counted FROM run) THEN 10 ELSE 0 END) n
ORDER BY rank, customer_id;
