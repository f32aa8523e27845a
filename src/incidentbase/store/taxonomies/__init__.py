"""Taxonomies with their fields, and the classifications made with them."""
