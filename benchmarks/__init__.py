"""What TARS is measured by: `python -m benchmarks` runs everything, `python -m benchmarks.NAME` one of them."""
