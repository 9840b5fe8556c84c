-- The control: what the candidate's role is not given unless a pack gives it.
GRANT USAGE ON LANGUAGE plpgsql TO candidate;
GRANT INSERT ON loot TO candidate;
