"""Forms: what people type, read and said back; what is right or wrong is decided in the store."""
