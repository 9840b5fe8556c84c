CREATE INDEX parcels_accepted_at_idx ON parcels (accepted_at) INCLUDE (id, customer_id, from_depot_id, to_depot_id, promised_at);
CREATE INDEX scans_parcel_id_idx ON scans (parcel_id, lower(kind), scanned_at) INCLUDE (kind, depot_id);
CREATE INDEX charges_parcel_id_idx ON charges (parcel_id) INCLUDE (kind, amount);
