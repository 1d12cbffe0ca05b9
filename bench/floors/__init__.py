"""Floors: what the same work costs without a product, as small programs of our own, measured in the same rounds."""
