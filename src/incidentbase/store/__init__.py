"""The truth: tables, rules, reads by queries, writes by actions. It knows nobody above it."""
