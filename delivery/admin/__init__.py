"""Administration of channels, and of what goes out and comes in through them."""

from delivery.admin import channels, deliveries, payloads

__all__ = ["channels", "deliveries", "payloads"]
