// Takes all memory at once: views that JavaScript makes over it would be cut off from it if it grew later.
import { INPUT, MEMORY_SIZE } from "./memory";

if (__heap_base > <usize>INPUT) unreachable();
memory.grow((MEMORY_SIZE + 0xffff) / 0x10000 - memory.size());
