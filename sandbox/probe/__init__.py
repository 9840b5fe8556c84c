"""What a program inside a pod can do, tried out: `inside` runs there, `outside` says what it must find."""
