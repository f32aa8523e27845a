"""Every way in: snapshots of the reference database and the bundled demo records."""
