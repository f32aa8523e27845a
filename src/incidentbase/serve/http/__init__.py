"""What surrounds every request: viewer, headers, caching, errors."""
