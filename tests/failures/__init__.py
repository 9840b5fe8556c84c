"""What goes wrong around a grading, for real: processes killed, servers and engines stopped, disks filled."""
