"""Administration of channels, of what goes out and comes in through them, and of listening."""

from delivery.admin import channels, deliveries, escalation_rules, payloads, posts, topics

__all__ = ["channels", "deliveries", "escalation_rules", "payloads", "posts", "topics"]
