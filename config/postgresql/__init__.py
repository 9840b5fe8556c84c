"""Django's PostgreSQL, that does not wait without end for a server that has stopped answering."""
