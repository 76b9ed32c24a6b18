"""What TARS can do, one skill a definition."""
