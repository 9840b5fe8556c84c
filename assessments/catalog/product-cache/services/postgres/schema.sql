-- The catalogue: a few thousand products in forty categories, with the reviews that customers wrote.

CREATE TABLE categories (
    id   integer PRIMARY KEY,
    slug text NOT NULL UNIQUE
);

CREATE TABLE products (
    id          integer PRIMARY KEY CHECK (id > 0),
    category_id integer NOT NULL REFERENCES categories (id),
    name        text    NOT NULL CHECK (name <> ''),
    price_cents integer NOT NULL CHECK (price_cents >= 0),
    stock       integer NOT NULL CHECK (stock >= 0)
);
CREATE INDEX products_by_category ON products (category_id, id);

CREATE TABLE reviews (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product_id integer  NOT NULL REFERENCES products (id) ON DELETE CASCADE,
    rating     smallint NOT NULL CHECK (rating BETWEEN 1 AND 5)
);
CREATE INDEX reviews_by_product ON reviews (product_id) INCLUDE (rating);

GRANT SELECT ON categories, reviews TO candidate;
GRANT SELECT, INSERT, UPDATE, DELETE ON products TO candidate;

-- Two gates let the judge hold a statement of the service at a certain point, instead of hoping for bad timing.
-- A gate is two advisory locks. While the judge holds both, who comes stays in the waiting room (pg_locks tells how
-- many); when the judge lets go of the first, later comers walk past those who still wait. Nobody holds them
-- otherwise, and then a gate costs one lock and one unlock in memory.

-- The read gate stands between a statement's snapshot and its first row of products: what was held has seen the
-- old rows, whatever is committed meanwhile. A row security policy puts it there, for role candidate only. The policy
-- is true of every row. It compares with id so that the planner makes it part of an index scan's condition, which is
-- computed before the scan: also a statement that finds no row passes the gate, and each statement passes it once.
CREATE FUNCTION read_gate() RETURNS integer
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF NOT pg_try_advisory_xact_lock_shared(730511001) THEN
        PERFORM pg_advisory_xact_lock_shared(730511002);
    END IF;
    RETURN 0;
END $$;

ALTER TABLE products ENABLE ROW LEVEL SECURITY;
CREATE POLICY every_product ON products TO candidate USING (id >= (SELECT read_gate())) WITH CHECK (true);

-- The commit gate stands between the last statement of a transaction that wrote products and its commit.
CREATE FUNCTION commit_gate() RETURNS trigger
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF NOT pg_try_advisory_xact_lock_shared(730511003) THEN
        PERFORM pg_advisory_xact_lock_shared(730511004);
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT OR UPDATE OR DELETE ON products
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION commit_gate();

REVOKE ALL ON FUNCTION read_gate(), commit_gate() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION read_gate() TO candidate;
