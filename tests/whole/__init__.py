"""The whole product, as `make run` starts it: processes, broker, worker, engine, browser."""
