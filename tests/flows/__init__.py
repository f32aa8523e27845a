"""What readers do, done in a real browser."""
