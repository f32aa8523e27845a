"""How good the ranking of the search is, measured against frozen judgements."""
