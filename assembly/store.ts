// The store's hot path: tokens, bloom filter and trigrams of the lines of a block. Twins are under src/store.
export function version(): i32 {
  return 1;
}
