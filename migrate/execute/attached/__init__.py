"""The attached path: volumes as devices of the server that Decamp runs on, in place of images."""
