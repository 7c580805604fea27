"""Stripe's payments against the ledger's purchases, as one expression for a laptop and for a warehouse."""
