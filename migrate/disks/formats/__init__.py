"""Disk and file formats: reads and writes qcow2, reads partitions, ext4 and files of a guest. Bytes in, bytes out."""
