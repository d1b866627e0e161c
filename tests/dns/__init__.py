"""Looking names up, against a small name server on this machine."""
