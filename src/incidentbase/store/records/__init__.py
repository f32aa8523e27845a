"""Any kind of record: how it is read and written, its versions, restoring and undoing."""
