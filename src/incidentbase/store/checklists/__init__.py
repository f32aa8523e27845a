"""Risk checklists and their risks."""
