"""People and programs that act: accounts, roles, and who may see what."""
