"""Every way out: web pages and the command line."""
