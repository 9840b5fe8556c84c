CREATE INDEX parcels_accepted_at_idx ON parcels (accepted_at);
CREATE INDEX scans_delivered_idx ON scans (parcel_id, scanned_at) WHERE lower(kind) = 'delivered';
CREATE INDEX charges_parcel_id_idx ON charges (parcel_id);
CREATE INDEX parcels_from_depot_idx ON parcels (from_depot_id, accepted_at);
CREATE INDEX parcels_to_depot_idx ON parcels (to_depot_id, accepted_at);
CREATE INDEX parcels_promised_at_idx ON parcels (promised_at);
CREATE INDEX scans_scanned_at_idx ON scans (scanned_at);
CREATE INDEX scans_kind_idx ON scans (kind);
