"""Formats of disks and their files: qcow2 read and written, partitions, ext4, files of a guest. Bytes in, bytes out."""
