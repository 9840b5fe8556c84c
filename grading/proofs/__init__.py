"""Proofs of packs in the queue: what `pack prove` does in a terminal, done by workers and kept as a row."""
