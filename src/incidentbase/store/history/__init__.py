"""The one ordered list of committed changes, and the counters that go with it."""
