-- For reading only: what the database holds. Row counts are those of the largest data set.

CREATE TABLE regions (                  -- 10 rows
    code text PRIMARY KEY,              -- 'BER', 'NYC' ...
    time_zone text NOT NULL             -- 'Europe/Berlin', 'America/New_York' ...
);

CREATE TABLE depots (                   -- 40 rows
    id integer PRIMARY KEY,
    region text NOT NULL REFERENCES regions,
    name text NOT NULL
);

CREATE TABLE customers (                -- 200 rows
    id integer PRIMARY KEY,
    name text NOT NULL                  -- not unique
);

CREATE TABLE internal_accounts (        -- 10 rows
    customer_id integer,                -- may be NULL, may be repeated
    note text
);

CREATE TABLE parcels (                  -- 110,000 rows, 6 MiB, in the order of accepted_at
    id integer PRIMARY KEY,
    customer_id integer,                -- NULL: paid at the counter
    from_depot_id integer NOT NULL,     -- depots.id
    to_depot_id integer NOT NULL,       -- depots.id; may be the same
    accepted_at timestamptz NOT NULL,
    promised_at timestamptz             -- NULL: nothing was promised
);

CREATE INDEX parcels_customer_id_idx ON parcels (customer_id);

CREATE TABLE scans (                    -- 615,000 rows, 33 MiB, in the order of scanned_at
    parcel_id integer NOT NULL,         -- parcels.id
    depot_id integer NOT NULL,
    kind text NOT NULL,                 -- 'accepted', 'sorted', 'loaded', 'attempted', 'delivered'; or 'DELIVERED' ...
    scanned_at timestamptz NOT NULL
);

CREATE TABLE charges (                  -- 275,000 rows, 13 MiB, in the order of parcel_id
    parcel_id integer NOT NULL,         -- parcels.id
    kind text NOT NULL,                 -- 'postage', 'fuel', 'toll', 'refund'
    amount numeric(10, 2)               -- negative for refunds; NULL: not known yet
);
