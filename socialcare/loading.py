"""Loading ahead: what a process's first request or task would load, while somebody waits for it.

A second of processor time, once in each process: the first reply after a start took that much longer.
"""

import gc
from importlib import import_module

from channels.layers import get_channel_layer
from django.conf import settings
from django.utils import translation

from socialcare.celery import app


def load_doors() -> None:
    """All that is behind the addresses, and the languages in which it answers."""
    import_module(settings.ROOT_URLCONF)
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            translation.gettext("")


def load_lines() -> None:
    """What speaks with the other processes; none of it connects yet."""
    get_channel_layer()
    app.loader.import_default_modules()
    _ = app.connection_for_write().transport


def settle() -> None:
    """What is loaded now lives as long as the process: a full collection over it would stop all threads for 0.1 s."""
    gc.collect()
    gc.freeze()
