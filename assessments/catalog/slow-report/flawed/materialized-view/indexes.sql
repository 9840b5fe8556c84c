CREATE INDEX parcels_accepted_at_idx ON parcels (accepted_at);
CREATE INDEX scans_delivered_idx ON scans (parcel_id, scanned_at) WHERE lower(kind) = 'delivered';
CREATE INDEX charges_parcel_id_idx ON charges (parcel_id);
CREATE MATERIALIZED VIEW deliveries AS
SELECT parcel_id, min(scanned_at) AS delivered_at FROM scans WHERE lower(kind) = 'delivered' GROUP BY parcel_id;
