"""Signing in with the team's own identity provider: who somebody is, which roles are theirs, and the gate."""
