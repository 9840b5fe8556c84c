INSERT INTO items SELECT n, n % 100, repeat('x', 100) FROM generate_series(1, 2000) n;
