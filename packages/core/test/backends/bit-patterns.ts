import { tensor, type DType, type Tensor } from '@cotangent/core'

/** Scrambles the bits of an integer (the finalizer of MurmurHash3). */
function mixed(x: number): number {
  let bits = x | 0
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return bits ^ (bits >>> 16)
}

const special: Record<DType, readonly number[]> = {
  bool: [0, 1],
  int32: [
    0,
    1,
    -1,
    2,
    31,
    32,
    33,
    127,
    128,
    -128,
    2 ** 24 + 1,
    -(2 ** 24) - 1,
    2 ** 31 - 1,
    -(2 ** 31),
    -(2 ** 31) + 1,
  ],
  float32: [
    ...[
      0,
      -0,
      0.5,
      -0.5,
      1,
      -1,
      1.5,
      2.5,
      -2.5,
      1 + 2 ** -23,
      2 ** -149,
      -(2 ** -149),
      2 ** -126,
      2 ** -126 - 2 ** -149,
    ],
    ...[2 ** 23 + 0.5, 2 ** 24, 2 ** 31, -(2 ** 31), 2 ** 127, (2 - 2 ** -23) * 2 ** 127, Infinity, -Infinity, NaN],
  ],
  float64: [
    ...[0, -0, 0.5, -0.5, 1, -1, 1.5, 2.5, -2.5, 1 + 2 ** -52, 5e-324, -5e-324, 2 ** -1022, 2 ** -1022 - 5e-324],
    ...[
      2 ** 51 + 0.5,
      2 ** 53,
      2 ** 31,
      -(2 ** 31),
      2 ** 31 - 0.5,
      2 ** 1023,
      Number.MAX_VALUE,
      Infinity,
      -Infinity,
      NaN,
    ],
    ...[2 ** 128, 2 ** -149, 2 ** -150, 1.5 * 2 ** -150, 2 ** -151, 1 + 2 ** -24, 1 + 3 * 2 ** -24],
  ],
}

/**
 * `count` (a power of two) numbers whose upper bits take every value and whose lower bits are scrambled, so that every
 * sign and every exponent is there; the first ones are special. In the order that `turn` draws.
 */
export function patterns(dtype: DType, count: number, turn = 0): Tensor {
  const words = new Uint32Array(2)
  const [single, double] = [new Float32Array(words.buffer), new Float64Array(words.buffer)]
  const shift = 32 - Math.log2(count)
  const element = (i: number): number => {
    // An odd factor permutes the upper bits: pairs of sweeps meet in every combination of exponents.
    const upper = (Math.imul(i, 1 + 2 * 7919 * turn) << shift) >>> 0
    words[1] = words[0] = (upper | (mixed(i + turn * count) >>> (32 - shift))) >>> 0
    if (dtype === 'float64') words[0] = mixed(words[0] + turn)
    switch (dtype) {
      case 'float32':
        return single[0]
      case 'float64':
        return double[0]
      case 'int32':
        return words[0] | 0
      case 'bool':
        return (mixed(i + turn) >>> 7) & 1
    }
  }
  const data = Float64Array.from({ length: count }, (_, i) => element(i))
  const first = special[dtype]
  // All pairs of special numbers meet in the sweeps of two turns.
  for (let i = 0; i < first.length ** 2; i++)
    data[i] = turn === 0 ? first[i % first.length] : first[Math.floor(i / first.length)]
  return tensor(data, { shape: [count] }).astype(dtype) as Tensor
}
