"""Plain Python that knows no records and no Django: time, ids, text, addresses, HTML, paging."""
