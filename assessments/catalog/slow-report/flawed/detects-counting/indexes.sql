CREATE INDEX parcels_accepted_at_idx ON parcels (accepted_at);
