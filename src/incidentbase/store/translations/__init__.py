"""Titles and texts of incidents and reports in other languages."""
