-- 40 categories with 60 products each and one that is still empty; 0 to 24 reviews for each product. The same every time.

INSERT INTO categories (id, slug)
SELECT n, (ARRAY['garden', 'kitchen', 'office', 'travel', 'sports', 'music', 'camera', 'pets'])[1 + n % 8]
          || '-' || (ARRAY['basics', 'classics', 'outlet', 'premium', 'spares'])[1 + n / 8]
FROM generate_series(0, 39) AS n;

INSERT INTO categories (id, slug) VALUES (40, 'coming-soon');

INSERT INTO products (id, category_id, name, price_cents, stock)
SELECT n,
       (n * 7) % 40,
       (ARRAY['Small', 'Large', 'Folding', 'Silent', 'Sturdy', 'Light'])[1 + n % 6] || ' '
          || (ARRAY['lamp', 'bottle', 'chair', 'bag', 'clock', 'brush', 'board'])[1 + n % 7] || ' no. ' || n,
       199 + (n * 7919) % 20000,
       (n * 31) % 200
FROM generate_series(1, 2400) AS n;

INSERT INTO reviews (product_id, rating)
SELECT p.id, 1 + (p.id * 13 + r * r * 7) % 5
FROM products AS p, generate_series(1, (p.id * 17) % 25) AS r;
