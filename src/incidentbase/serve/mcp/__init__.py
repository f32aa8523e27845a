"""The Model Context Protocol: agents search, read, and draft what editors then review."""
