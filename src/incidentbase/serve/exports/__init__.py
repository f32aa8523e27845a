"""What leaves as files: snapshots in the reference's layout, tables, and what is kept of them."""
