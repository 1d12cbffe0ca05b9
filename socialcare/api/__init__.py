"""The doors for machines: the REST API under /api/v2/, webhooks under /hooks/, files for platforms under /files/."""
