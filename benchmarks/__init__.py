"""Speed and quality measurements; each prints a table and writes a JSON file."""
