"""The one place where the parts are put together; everything else is handed what it needs."""
