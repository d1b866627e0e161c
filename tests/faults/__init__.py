"""A line that fails as asked: a proxy before one endpoint, and a script of what goes wrong on it."""
