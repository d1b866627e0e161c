"""The attached path: volumes as devices of the server that Decamp runs on, instead of images."""
