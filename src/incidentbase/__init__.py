"""IncidentBase: an AI incident database that anyone can run."""

__version__ = "0.1.0"
