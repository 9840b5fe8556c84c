class CapacityError extends RangeError {}

function add(a, b) {
  for (const number of [a, b]) {
    if (typeof number !== "number" && typeof number !== "bigint") throw new TypeError(`not a number: ${number}`);
  }
  return a + b;
}

function wordCounts(text) {
  const counts = {};
  for (const word of text.toLowerCase().split(/\s+/).filter(Boolean)) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

async function chunks(items, size) {
  if (size < 1) throw new RangeError("size must be positive");
  const found = [];
  for (let start = 0; start < items.length; start += size) found.push(items.slice(start, start + size));
  return found;
}

class LRUCache {
  constructor(capacity) {
    this.capacity = capacity.capacity ?? capacity;
    if (this.capacity < 1) throw new CapacityError(`capacity ${this.capacity}`);
    this.items = new Map();
  }

  get length() {
    return this.items.size;
  }

  get(key) {
    if (!this.items.has(key)) return null;
    const value = this.items.get(key);
    this.items.delete(key);
    this.items.set(key, value);
    return value;
  }

  put(key, value) {
    this.items.delete(key);
    this.items.set(key, value);
    if (this.items.size > this.capacity) this.items.delete(this.items.keys().next().value);
  }
}

module.exports = { CapacityError, LRUCache, add, chunks, wordCounts };
