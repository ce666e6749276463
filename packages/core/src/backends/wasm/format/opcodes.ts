/** Control, scalar and bulk-memory instructions. */
const scalars = {
  else: [0x05],
  end: [0x0b],
  return: [0x0f],
  drop: [0x1a],
  select: [0x1b],
  'i32.eqz': [0x45],
  'i32.eq': [0x46],
  'i32.ne': [0x47],
  'i32.lt_s': [0x48],
  'i32.lt_u': [0x49],
  'i32.gt_s': [0x4a],
  'i32.le_s': [0x4c],
  'i32.le_u': [0x4d],
  'i32.ge_s': [0x4e],
  'i32.ge_u': [0x4f],
  'i32.add': [0x6a],
  'i32.sub': [0x6b],
  'i32.mul': [0x6c],
  'i32.div_u': [0x6e],
  'i32.rem_u': [0x70],
  'i32.and': [0x71],
  'i32.or': [0x72],
  'i32.shl': [0x74],
  'i32.shr_s': [0x75],
  'i32.shr_u': [0x76],
  'i32.xor': [0x73],
  'i64.gt_u': [0x56],
  'f32.ne': [0x5c],
  'f32.add': [0x92],
  'f32.mul': [0x94],
  'f32.min': [0x96],
  'f32.max': [0x97],
  'f64.eq': [0x61],
  'f64.ne': [0x62],
  'f64.lt': [0x63],
  'f64.gt': [0x64],
  'f64.le': [0x65],
  'f64.ge': [0x66],
  'f64.abs': [0x99],
  'f64.add': [0xa0],
  'f64.sub': [0xa1],
  'f64.mul': [0xa2],
  'f64.min': [0xa4],
  'f64.max': [0xa5],
  'f64.copysign': [0xa6],
  'f32.demote_f64': [0xb6],
  'f64.promote_f32': [0xbb],
  'memory.copy': [0xfc, 10, 0, 0],
  'memory.fill': [0xfc, 11, 0],
} satisfies Record<string, readonly number[]>

/** Instructions on vectors. */
const vectors = /* @__PURE__ */ simd({
  'i32x4.splat': 17,
  'f32x4.splat': 19,
  'f64x2.splat': 20,
  'i32x4.eq': 55,
  'i32x4.ne': 56,
  'i32x4.lt_s': 57,
  'i32x4.le_s': 61,
  'f32x4.eq': 65,
  'f32x4.ne': 66,
  'f32x4.lt': 67,
  'f32x4.gt': 68,
  'f32x4.le': 69,
  'f64x2.eq': 71,
  'f64x2.ne': 72,
  'f64x2.lt': 73,
  'f64x2.gt': 74,
  'f64x2.le': 75,
  'v128.not': 77,
  'v128.and': 78,
  'v128.andnot': 79,
  'v128.or': 80,
  'v128.xor': 81,
  'v128.bitselect': 82,
  'v128.any_true': 83,
  'f32x4.demote_f64x2_zero': 94,
  'f64x2.promote_low_f32x4': 95,
  'i8x16.narrow_i16x8_u': 102,
  'f32x4.ceil': 103,
  'f32x4.floor': 104,
  'f32x4.trunc': 105,
  'f32x4.nearest': 106,
  'f64x2.ceil': 116,
  'f64x2.floor': 117,
  'f64x2.trunc': 122,
  'i16x8.narrow_i32x4_u': 134,
  'i16x8.extend_low_i8x16_u': 137,
  'f64x2.nearest': 148,
  'i32x4.abs': 160,
  'i32x4.neg': 161,
  'i32x4.all_true': 163,
  'i32x4.extend_low_i16x8_u': 169,
  'i32x4.shl': 171,
  'i32x4.shr_u': 173,
  'i32x4.add': 174,
  'i32x4.sub': 177,
  'i32x4.mul': 181,
  'i32x4.min_s': 182,
  'i32x4.max_s': 184,
  'i64x2.extend_low_i32x4_s': 199,
  'i64x2.extend_high_i32x4_s': 200,
  'i64x2.shl': 203,
  'i64x2.shr_u': 205,
  'i64x2.add': 206,
  'i64x2.sub': 209,
  'f32x4.abs': 224,
  'f32x4.neg': 225,
  'f32x4.sqrt': 227,
  'f32x4.add': 228,
  'f32x4.sub': 229,
  'f32x4.mul': 230,
  'f32x4.div': 231,
  'f32x4.min': 232,
  'f32x4.max': 233,
  'f32x4.pmin': 234,
  'f32x4.pmax': 235,
  'f64x2.abs': 236,
  'f64x2.neg': 237,
  'f64x2.sqrt': 239,
  'f64x2.add': 240,
  'f64x2.sub': 241,
  'f64x2.mul': 242,
  'f64x2.div': 243,
  'f64x2.min': 244,
  'f64x2.max': 245,
  'f64x2.pmin': 246,
  'f64x2.pmax': 247,
  'i32x4.trunc_sat_f32x4_s': 248,
  'f32x4.convert_i32x4_s': 250,
  'i32x4.trunc_sat_f64x2_s_zero': 252,
  'f64x2.convert_low_i32x4_s': 254,
})

/** Instructions without immediates, under their names in the WebAssembly specification. */
export const plain = /* @__PURE__ */ together(scalars, vectors)

/** Instructions that access memory: the opcode, and the binary logarithm of the number of bytes. */
export const memory = {
  'i32.load': { opcode: [0x28], align: 2 },
  'f32.load': { opcode: [0x2a], align: 2 },
  'i64.load': { opcode: [0x29], align: 3 },
  'f64.load': { opcode: [0x2b], align: 3 },
  'i32.load8_u': { opcode: [0x2d], align: 0 },
  'i32.store': { opcode: [0x36], align: 2 },
  'f32.store': { opcode: [0x38], align: 2 },
  'i64.store': { opcode: [0x37], align: 3 },
  'f64.store': { opcode: [0x39], align: 3 },
  'i32.store8': { opcode: [0x3a], align: 0 },
  'v128.load': { opcode: [0xfd, 0], align: 4 },
  'v128.load32_splat': { opcode: [0xfd, 9], align: 2 },
  'v128.load64_splat': { opcode: [0xfd, 10], align: 3 },
  'v128.store': { opcode: [0xfd, 11], align: 4 },
  'v128.load32_zero': { opcode: [0xfd, 92], align: 2 },
  'v128.load64_zero': { opcode: [0xfd, 93], align: 3 },
} satisfies Record<string, { opcode: readonly number[]; align: number }>

/** Instructions that access memory and one lane. */
export const memoryLane = {
  'v128.load8_lane': { opcode: [0xfd, 84], align: 0 },
  'v128.load32_lane': { opcode: [0xfd, 86], align: 2 },
  'v128.load64_lane': { opcode: [0xfd, 87], align: 3 },
  'v128.store32_lane': { opcode: [0xfd, 90], align: 2 },
  'v128.store64_lane': { opcode: [0xfd, 91], align: 3 },
} satisfies Record<string, { opcode: readonly number[]; align: number }>

/** Instructions on one lane. */
export const lane = /* @__PURE__ */ simd({
  'i32x4.extract_lane': 27,
  'i32x4.replace_lane': 28,
  'f32x4.extract_lane': 31,
  'f32x4.replace_lane': 32,
  'f64x2.extract_lane': 33,
  'f64x2.replace_lane': 34,
})

export type Plain = keyof typeof plain
export type MemoryAccess = keyof typeof memory
export type MemoryLane = keyof typeof memoryLane
export type Lane = keyof typeof lane

/** Opcodes after the SIMD prefix, as LEB128. */
/* @__NO_SIDE_EFFECTS__ */
function simd<Name extends string>(codes: Record<Name, number>): Record<Name, readonly number[]> {
  const entries = Object.entries<number>(codes).map(([name, code]) => [
    name,
    code < 128 ? [0xfd, code] : [0xfd, (code & 127) | 128, code >> 7],
  ])
  return Object.fromEntries(entries) as Record<Name, readonly number[]>
}

/* @__NO_SIDE_EFFECTS__ */
function together<A, B>(a: A, b: B): A & B {
  return { ...a, ...b }
}
