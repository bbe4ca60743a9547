"""Polite download of previews: requests, retries, quotas and a record of both."""
