SELECT id FROM items WHERE owner = 7 ORDER BY id;
