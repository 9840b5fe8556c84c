-- Run in every database of this challenge, as owner, before the database's own file.
-- The candidate sees the first part only (starter/sql/schema.sql); keep the two alike.

CREATE TABLE regions (
    code text PRIMARY KEY,
    time_zone text NOT NULL
);

CREATE TABLE depots (
    id integer PRIMARY KEY,
    region text NOT NULL REFERENCES regions,
    name text NOT NULL
);

CREATE TABLE customers (
    id integer PRIMARY KEY,
    name text NOT NULL
);

CREATE TABLE internal_accounts (
    customer_id integer,
    note text
);

CREATE TABLE parcels (
    id integer PRIMARY KEY,
    customer_id integer,
    from_depot_id integer NOT NULL,
    to_depot_id integer NOT NULL,
    accepted_at timestamptz NOT NULL,
    promised_at timestamptz
);

CREATE INDEX parcels_customer_id_idx ON parcels (customer_id);

CREATE TABLE scans (
    parcel_id integer NOT NULL,
    depot_id integer NOT NULL,
    kind text NOT NULL,
    scanned_at timestamptz NOT NULL
);

CREATE TABLE charges (
    parcel_id integer NOT NULL,
    kind text NOT NULL,
    amount numeric(10, 2)
);

-- ANALYZE draws a random sample unless the sample is the whole table. A high target on one column of few values makes
-- it so, which keeps the statistics, and with them every plan, the same each time.
ALTER TABLE parcels ALTER COLUMN from_depot_id SET STATISTICS 10000;
ALTER TABLE scans ALTER COLUMN kind SET STATISTICS 10000;
ALTER TABLE charges ALTER COLUMN kind SET STATISTICS 10000;

-- CREATE INDEX is for a table's owner, so the candidate owns the tables that grow; everything else an owner may do is
-- taken away: data by REVOKE, every other kind of DDL (GRANT too) by the event trigger below.
ALTER TABLE parcels OWNER TO candidate;
ALTER TABLE scans OWNER TO candidate;
ALTER TABLE charges OWNER TO candidate;
REVOKE ALL ON parcels, scans, charges FROM candidate;
GRANT SELECT ON regions, depots, customers, internal_accounts, parcels, scans, charges TO candidate;
GRANT CREATE ON SCHEMA public TO candidate;

CREATE FUNCTION public.refuse_other_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    IF tg_tag <> 'CREATE INDEX' AND NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
        RAISE EXCEPTION '% is not allowed here: only CREATE INDEX is', tg_tag USING ERRCODE = 'insufficient_privilege';
    END IF;
END
$$;
REVOKE ALL ON FUNCTION public.refuse_other_ddl() FROM PUBLIC;
CREATE EVENT TRIGGER refuse_other_ddl ON ddl_command_start EXECUTE FUNCTION public.refuse_other_ddl();

-- Functions that run SQL given as text would hide rows from the plan, set_config would change how it is made, and the
-- text of the running statement tells whether its work is being counted.
REVOKE EXECUTE ON FUNCTION
    current_query(),
    pg_stat_get_activity(integer),
    pg_stat_get_backend_activity(integer),
    query_to_xml(text, boolean, boolean, text),
    query_to_xmlschema(text, boolean, boolean, text),
    query_to_xml_and_xmlschema(text, boolean, boolean, text),
    cursor_to_xml(refcursor, integer, boolean, boolean, text),
    table_to_xml(regclass, boolean, boolean, text),
    table_to_xml_and_xmlschema(regclass, boolean, boolean, text),
    schema_to_xml(name, boolean, boolean, text),
    schema_to_xml_and_xmlschema(name, boolean, boolean, text),
    database_to_xml(boolean, boolean, text),
    database_to_xml_and_xmlschema(boolean, boolean, text),
    ts_stat(text),
    ts_stat(text, text),
    ts_rewrite(tsquery, text),
    set_config(text, text, boolean)
FROM PUBLIC;

-- VACUUM marks no page all-visible while a commit near its rows' is not yet on disk. With synchronous_commit off (the
-- server's default here) that is a matter of luck, and with it the blocks of an index-only scan. For later sessions.
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = on', current_database()); END $$;

-- How the databases are filled. Each database's own file ends with DROP SCHEMA load CASCADE.
CREATE SCHEMA load;

-- A number in [0, 1) that depends on nothing but its arguments.
CREATE FUNCTION load.chance(i bigint, salt bigint) RETURNS double precision LANGUAGE sql IMMUTABLE AS $$
    SELECT (hashint8extended(i, salt) & 9007199254740991) / 9007199254740992.0::double precision
$$;

-- Ten regions in ten time zones, four depots each (numbered in the order of the regions' codes), 200 customers.
CREATE PROCEDURE load.places() LANGUAGE sql BEGIN ATOMIC
    INSERT INTO regions VALUES
        ('BER', 'Europe/Berlin'), ('LIS', 'Europe/Lisbon'), ('NYC', 'America/New_York'), ('SFO', 'America/Los_Angeles'),
        ('SAO', 'America/Sao_Paulo'), ('DEL', 'Asia/Kolkata'), ('TYO', 'Asia/Tokyo'), ('SYD', 'Australia/Sydney'),
        ('AKL', 'Pacific/Auckland'), ('CAI', 'Africa/Cairo');
    INSERT INTO depots
    SELECT row_number() OVER (ORDER BY r.code, n), r.code, r.code || ' ' || n FROM regions r, generate_series(1, 4) n;
    -- Every tenth customer shares its name with the one before.
    INSERT INTO customers SELECT i, 'Customer ' || (i - (i % 10 = 0)::integer) FROM generate_series(1, 200) i;
    INSERT INTO internal_accounts
    SELECT i, 'test account' FROM unnest(ARRAY[3, 17, 17, 44, 120, 151, 168, 177, 199]) i
    UNION ALL SELECT NULL, 'reserved';
END;

-- `days` days of `per_day` parcels from `first_day` on. `lost` is the share of parcels without a customer, `unpromised`
-- that without a promised time, `rescanned` that of deliveries scanned twice; `skew` > 1 favours customers of low number.
CREATE PROCEDURE load.history(
    seed bigint, first_day timestamptz, days integer, per_day integer,
    skew double precision DEFAULT 2.5, lost double precision DEFAULT 0.04,
    unpromised double precision DEFAULT 0.1, rescanned double precision DEFAULT 0.08
) LANGUAGE sql BEGIN ATOMIC
    INSERT INTO parcels
    SELECT i,
        CASE WHEN load.chance(i, seed + 1) >= lost THEN 1 + floor(200 * power(load.chance(i, seed + 2), skew)) END,
        1 + floor(40 * load.chance(i, seed + 3)),
        1 + floor(40 * load.chance(i, seed + 4)),
        date_trunc('second', a.at),
        CASE WHEN load.chance(i, seed + 6) >= unpromised
            THEN date_trunc('second', a.at) + (1 + floor(3 * load.chance(i, seed + 7))) * interval '24 hours' END
    FROM generate_series(1, days * per_day) i,
        LATERAL (SELECT first_day + (i - 1 + load.chance(i, seed + 5)) / per_day * interval '24 hours') a (at)
    ORDER BY i;

    INSERT INTO scans
    SELECT id, depot, CASE WHEN load.chance(id * 8 + k, seed + 12) < 0.1 THEN upper(kind) ELSE kind END, at
    FROM parcels p,
        LATERAL (SELECT 4 + floor(4 * load.chance(id, seed + 8))::integer) n (scans),
        LATERAL (SELECT interval '1 hour' * (6 + 110 * power(load.chance(id, seed + 9), 2))) t (taken),
        LATERAL generate_series(1, scans + (load.chance(id, seed + 11) < rescanned)::integer) k,
        LATERAL (SELECT CASE
            WHEN k = 1 THEN 'accepted'
            WHEN k >= scans THEN CASE WHEN load.chance(id, seed + 10) < 0.88 THEN 'delivered' ELSE 'attempted' END
            WHEN k % 2 = 0 THEN 'sorted' ELSE 'loaded' END) w (kind),
        LATERAL (SELECT CASE WHEN k >= scans THEN p.to_depot_id ELSE p.from_depot_id END) d (depot),
        LATERAL (SELECT date_trunc('second', p.accepted_at + taken * (k - 1) / (scans - 1))) s (at)
    ORDER BY at, id, k;

    INSERT INTO charges
    SELECT id, (ARRAY['postage', 'fuel', 'toll', 'refund'])[k],
        CASE WHEN load.chance(id * 4 + k, seed + 14) >= 0.03
            THEN round((CASE WHEN k = 4 THEN -9 ELSE 3 + 30 / k END * load.chance(id * 4 + k, seed + 15))::numeric, 2) END
    FROM parcels, LATERAL generate_series(1, 1 + floor(4 * load.chance(id, seed + 13))::integer) k
    ORDER BY id, k;
END;
