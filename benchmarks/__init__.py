"""Long measurements: speed, quality, the tables of papers. `python -m benchmarks` runs them; no lesson imports them."""
