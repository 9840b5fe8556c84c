CREATE INDEX items_owner ON items (owner, id);
