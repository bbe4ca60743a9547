"""Arrays in, arrays out: what the features compute, without estimators and files."""
