"""The books of a launch: both sides of its money, reconciled as they are read, in figures and in lists."""
