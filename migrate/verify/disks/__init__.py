"""Verifies disks at the target against their capture: read back by independent code, chunk by chunk."""
