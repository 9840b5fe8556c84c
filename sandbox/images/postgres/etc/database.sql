-- Run once in every database, before the pack's own files: what role candidate may do unless the pack grants more.

REVOKE ALL ON SCHEMA public FROM PUBLIC;
ALTER SCHEMA public OWNER TO owner;
GRANT USAGE ON SCHEMA public TO candidate;

-- The counters lie where the candidate may not look, nor put a function of the same name in the judge's way.
CREATE SCHEMA touchstone;
CREATE EXTENSION pg_stat_statements SCHEMA touchstone;
REVOKE ALL ON ALL TABLES IN SCHEMA touchstone FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA touchstone FROM PUBLIC;
GRANT USAGE ON SCHEMA touchstone TO owner;
GRANT SELECT ON ALL TABLES IN SCHEMA touchstone TO owner;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA touchstone TO owner;

-- Without a language there is no function, trigger or DO block: nothing of the candidate's that another session would
-- run with rights of its own (CVE-2018-1058), and no statement that hides behind another.
REVOKE USAGE ON LANGUAGE sql, plpgsql FROM PUBLIC;
GRANT USAGE ON LANGUAGE sql, plpgsql TO owner;
REVOKE EXECUTE ON FUNCTION lo_creat(integer), lo_create(oid), lo_from_bytea(oid, bytea) FROM PUBLIC;

-- An operator or aggregate of PostgreSQL's own functions needs no language, and may be a better match than the one
-- that a query of the judge means.
CREATE FUNCTION touchstone.refuse_shadows() RETURNS event_trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF session_user = 'candidate' THEN
        RAISE EXCEPTION '% is not allowed here', tg_tag USING ERRCODE = 'insufficient_privilege';
    END IF;
END
$$;
CREATE EVENT TRIGGER touchstone_refuse_shadows ON ddl_command_start
    WHEN TAG IN ('CREATE OPERATOR', 'CREATE OPERATOR CLASS', 'CREATE OPERATOR FAMILY', 'CREATE AGGREGATE', 'CREATE CAST')
    EXECUTE FUNCTION touchstone.refuse_shadows();
