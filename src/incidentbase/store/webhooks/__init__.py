"""Where programs want to be told of changes, and what became of telling them."""
