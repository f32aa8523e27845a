"""GraphQL as clients of the reference database know it."""
