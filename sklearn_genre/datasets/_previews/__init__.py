"""Download of previews: requests, retries, quotas and a record of the outcome."""
