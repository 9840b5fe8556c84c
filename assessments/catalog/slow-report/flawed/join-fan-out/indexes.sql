CREATE INDEX parcels_accepted_at_idx ON parcels (accepted_at);
CREATE INDEX scans_delivered_idx ON scans (parcel_id, scanned_at) WHERE lower(kind) = 'delivered';
CREATE INDEX charges_parcel_id_idx ON charges (parcel_id);
