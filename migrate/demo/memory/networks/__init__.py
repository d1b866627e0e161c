"""The network service in memory."""
