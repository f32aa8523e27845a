"""Incidents: the events, their reports, entities, links and duplicates."""
