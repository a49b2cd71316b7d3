"""The HTTP side: health, metrics, calls."""
