"""Listening: what people say in public, captured by topic; and what of it becomes an interaction."""
