"""Settings, addresses and entry points. May import every layer; nobody imports it."""
