"""A checklist under its owner's hand: described, annotated, shared, cloned and followed."""
