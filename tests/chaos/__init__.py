"""Faults on purpose: the product in real processes, while what it stands on is killed, stopped, cut and slowed down."""
