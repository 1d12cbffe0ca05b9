"""More than one machine: the Procfile's processes, several of each, on one PostgreSQL and one Redis."""
