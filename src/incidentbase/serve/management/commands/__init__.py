"""One module for each command; each calls the layers below."""
