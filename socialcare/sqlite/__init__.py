"""Django's SQLite, for one process in which many threads work."""
