"""How fast Discover answers, next to the bare engine and to what people would use otherwise."""
