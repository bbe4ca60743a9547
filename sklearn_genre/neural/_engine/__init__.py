"""What trains any of the networks: data, batches, net, saved state."""
