import type { DType } from '@cotangent/core'

/** How a file stores elements, under the names of safetensors. The order is that of its writer. */
const table = {
  BOOL: { bits: 8, reads: 'bool' },
  F4: { bits: 4, reads: null },
  F6_E2M3: { bits: 6, reads: null },
  F6_E3M2: { bits: 6, reads: null },
  U8: { bits: 8, reads: 'int32' },
  I8: { bits: 8, reads: 'int32' },
  F8_E5M2: { bits: 8, reads: 'float32' },
  F8_E4M3: { bits: 8, reads: 'float32' },
  F8_E8M0: { bits: 8, reads: 'float32' },
  F8_E4M3FNUZ: { bits: 8, reads: 'float32' },
  F8_E5M2FNUZ: { bits: 8, reads: 'float32' },
  I16: { bits: 16, reads: 'int32' },
  U16: { bits: 16, reads: 'int32' },
  F16: { bits: 16, reads: 'float32' },
  BF16: { bits: 16, reads: 'float32' },
  I32: { bits: 32, reads: 'int32' },
  U32: { bits: 32, reads: 'int32' },
  F32: { bits: 32, reads: 'float32' },
  C64: { bits: 64, reads: null },
  F64: { bits: 64, reads: 'float64' },
  I64: { bits: 64, reads: 'int32' },
  U64: { bits: 64, reads: 'int32' },
  /** Anything that an .npy file holds and safetensors has no name for, such as text. */
  OTHER: { bits: 8, reads: null },
} as const satisfies Record<string, { readonly bits: number; readonly reads: DType | null }>

/** The type of elements in a file, under its name in safetensors. */
export type StoredType = keyof typeof table

/** Whether a name is the name of a stored type. */
export function isStoredType(name: unknown): name is StoredType {
  return typeof name === 'string' && name !== 'OTHER' && Object.hasOwn(table, name)
}

/** Bits of one element. */
export function bitsOf(stored: StoredType): number {
  return table[stored].bits
}

/** The dtype that a stored type is read as; null for a type that no dtype holds. */
export function dtypeOf(stored: StoredType): DType | null {
  return table[stored].reads
}

/** The place of a stored type in the order of safetensors' writer. */
export function rankOf(stored: StoredType): number {
  return Object.keys(table).indexOf(stored)
}

/** The stored type of each dtype. */
export const storedTypeOf = {
  bool: 'BOOL',
  int32: 'I32',
  float32: 'F32',
  float64: 'F64',
} as const satisfies Record<DType, StoredType>
