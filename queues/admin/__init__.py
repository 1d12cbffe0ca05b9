"""Administration of queues, agents, skills and wrap-up codes."""

from queues.admin import agents, codes, queues, skills

__all__ = ["agents", "codes", "queues", "skills"]
