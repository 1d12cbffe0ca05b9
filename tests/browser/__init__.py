"""The agent's day at the glass: the running product in a real browser, with customers who write over HTTP."""
