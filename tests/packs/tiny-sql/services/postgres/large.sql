INSERT INTO items SELECT n, n % 1000, repeat('x', 100) FROM generate_series(1, 20000) n;
