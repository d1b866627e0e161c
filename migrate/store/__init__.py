"""Where captured disks wait for the target: sealed manifests and their segments, on an ObjectStore port."""
