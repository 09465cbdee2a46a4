"""The engine port between processes: a JSON line each way, or an HTTP request and its answer."""
