"""What spans the areas: importing a snapshot in batches, verifying the whole store."""
