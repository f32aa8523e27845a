"""What waits for an editor: submissions, quick adds and news candidates."""
