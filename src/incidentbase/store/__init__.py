"""The truth: tables, rules about them, reads by queries and writes by actions. Knows nobody above."""
