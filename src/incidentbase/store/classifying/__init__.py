"""What taxonomy editors do: define taxonomies, classify records, look over what machines said."""
