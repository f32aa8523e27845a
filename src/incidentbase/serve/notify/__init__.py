"""What is told by mail when something changes: each is a follower of the history."""
