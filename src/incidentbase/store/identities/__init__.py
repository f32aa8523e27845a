"""Which entity a name stands for: editing entities, other names, relationships, merging."""
