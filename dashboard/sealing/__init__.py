"""Seals what happens in a run into its evidence log, and tells what the log says."""
