"""One module for each command of `decamp`."""
