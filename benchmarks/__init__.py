"""Speed against peers, at equal error, in one run: `make benchmark` or `python -m benchmarks`."""
