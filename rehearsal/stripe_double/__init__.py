"""A Stripe on the wire: enough of its API, webhooks and ways to fail for a go-live to be rehearsed."""
