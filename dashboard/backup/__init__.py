"""The whole of what an environment remembers, as one file, and back."""
