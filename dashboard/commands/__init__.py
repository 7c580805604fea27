"""The commands of `golive`, one file each: they parse, call, print and choose an exit code."""
