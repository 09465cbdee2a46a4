"""Smart Energy cluster messages, one module a cluster."""
