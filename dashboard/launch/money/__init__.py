"""Money, judged: one purchase followed through its hops, and what became of every payment. Pure."""
