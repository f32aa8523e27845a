"""Editing one incident or report, with what follows: entities, stale translations, likeness."""
