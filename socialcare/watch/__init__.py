"""For who runs it: is it alive, is it ready, and how is it doing."""
