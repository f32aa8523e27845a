"""Feeds: RSS, Atom and JSON Feed of every list and filter, and oEmbed for incidents and reports."""
