-- The candidate may make tables and indexes here, and owns one: as in a task about indexes.
CREATE TABLE items (id integer PRIMARY KEY, name varchar(20) NOT NULL);
INSERT INTO items VALUES (1, 'first'), (2, 'second');
GRANT SELECT ON items TO candidate;
CREATE TABLE theirs (id integer, name varchar(20));
INSERT INTO theirs VALUES (1, 'one');
ALTER TABLE theirs OWNER TO candidate;
GRANT CREATE ON SCHEMA public TO candidate;
CREATE TABLE loot (who text, superuser text);
CREATE TABLE hidden (secret text);
INSERT INTO hidden VALUES ('@STORED@');
