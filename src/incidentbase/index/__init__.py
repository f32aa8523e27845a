"""The search index: all of it is derived from the store and can be deleted and rebuilt (ADR 4)."""
