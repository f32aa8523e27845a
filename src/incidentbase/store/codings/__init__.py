"""Codings: what each annotator answers about a record, apart from all others until all are done."""
