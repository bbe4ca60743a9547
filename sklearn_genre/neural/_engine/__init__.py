"""What trains a network, whichever it is: data, batches, net, saved state."""
