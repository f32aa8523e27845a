"""Every way in: snapshots of the reference database, the bundled demo records, captured sources."""
