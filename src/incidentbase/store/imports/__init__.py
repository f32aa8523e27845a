"""Bringing records in from outside, in batches that can be repeated."""
