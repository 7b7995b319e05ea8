// One byte in all sixteen lanes. V8 makes a vector constant anew at each use, in three instructions; one that is loaded
// stays in a register over a loop, and costs one instruction elsewhere.
const EACH_BYTE: usize = memory.data(256);
for (let byte: u32 = 0; byte < 256; byte++) store<u8>(EACH_BYTE + byte, <u8>byte);

// @ts-ignore: decorator
@inline
export function splat(byte: u32): v128 {
  return v128.load_splat<u8>(EACH_BYTE + byte);
}
