"""How fast the product is, measured beside floors of our own: `make bench`. See docs/performance.md."""
