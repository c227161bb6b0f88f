"""What the extension costs, as ratios to the same server without it. Run: python -m benchmarks."""
