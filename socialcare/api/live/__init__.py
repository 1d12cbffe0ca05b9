"""Telling machines live: channels, what they are told of, and the sockets through which they are told."""
