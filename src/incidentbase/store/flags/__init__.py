"""Flags: what readers say is wrong with a report, until an editor has looked at it."""
