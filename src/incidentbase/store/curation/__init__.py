"""What editors do across areas: promote, link, merge, split, withdraw."""
