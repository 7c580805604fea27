"""The steps from one schema to the next, run by `dashboard.store.schema`; none is changed once released."""
