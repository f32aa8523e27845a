"""Organizations, people, groups and systems named by incidents."""
