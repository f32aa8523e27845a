"""Variants: further occurrences of an incident that people tell of, without an article."""
