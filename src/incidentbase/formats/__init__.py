"""Formats that the outside world reads and writes, as plain Python without Django or network.

A format module turns bytes or text into records and back. It never decides what is stored:
that is `incidentbase.ingest`, through the actions of the store.
"""
