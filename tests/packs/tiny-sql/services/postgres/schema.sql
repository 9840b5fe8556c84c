CREATE TABLE items (id integer PRIMARY KEY, owner integer NOT NULL, note text NOT NULL);
ALTER TABLE items OWNER TO candidate;
GRANT CREATE ON SCHEMA public TO candidate;
