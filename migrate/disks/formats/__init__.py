"""What lies on a disk and in its file: qcow2 read and written, partitions, ext4, the files of a guest. Bytes in, bytes out."""
