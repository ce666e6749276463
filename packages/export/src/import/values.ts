import { readable, type Tensor } from '@cotangent/core'
import { ExportError } from '../errors'

/**
 * Integers of 64 bits of which one does not fit int32. Only constants can be such: the bound `2^63 - 1` that stands for
 * "to the end" in slices. Ops that read positions accept them.
 */
export class WideIntegers {
  constructor(
    readonly shape: readonly number[],
    readonly data: readonly bigint[],
  ) {}
}

/** Unsigned integers of 32 bits, as the int32 of the same bits. Only ops on bits and casts accept them. */
export class UnsignedBits {
  constructor(readonly bits: Tensor) {}
}

/** What a name of a graph stands for. int64 is int32 here. */
export type Value = Tensor | WideIntegers | UnsignedBits

const [least, most] = [-(2n ** 31n), 2n ** 31n - 1n]

/** Whether an integer of 64 bits is one of 32 bits. */
export function fitsInt32(value: bigint): boolean {
  return value >= least && value <= most
}

/** A value as a tensor. `label` says which it is. */
export function tensorOf(value: Value, label: string): Tensor {
  if (value instanceof UnsignedBits)
    throw new ExportError(
      'onnx-unsigned',
      `${label} is uint32, which is known to shifts, bitwise operators and casts to int32; cast it to int32 before the export`,
    )
  if (!(value instanceof WideIntegers)) return value
  const at = value.data.findIndex((each) => !fitsInt32(each))
  throw new ExportError(
    'onnx-int64',
    `${label} is int64 and holds ${value.data[at]} at position ${at}, which int32 cannot; int64 tensors become int32 ` +
      'here: export the model with smaller integers',
  )
}

/** The elements of a value that an op needs as numbers, such as a shape. `label` says which it is. */
export function numbersOf(value: Value, label: string): readonly number[] {
  if (value instanceof WideIntegers) return value.data.map(Number)
  const elements = readable(tensorOf(value, label))
  if (elements === null)
    throw new ExportError(
      'onnx-dynamic-shape',
      `${label} must be known when the function is traced, and it is computed from data or parameters; ` +
        'a shape may depend on shapes alone: export the model so that it does',
    )
  return Array.from(elements)
}

/** The most elements of a tensor whose size numbers in the file state: 1 GiB of float32. */
const largest = 2 ** 28

/**
 * A shape that numbers in the file state.
 *
 * @throws ExportError if it would need more memory than any model that is meant, as those of damaged files do.
 */
export function sized(shape: readonly number[], label: string): readonly number[] {
  const count = shape.reduce((product, size) => product * Math.max(1, size), 1)
  if (shape.every((size) => Number.isInteger(size) && size >= 0) && count <= largest) return shape
  throw new ExportError(
    'onnx-size',
    `${label} asks for a tensor of shape [${shape.join(', ')}]; sizes are at least 0, and a tensor has at most ${largest} elements`,
  )
}

/**
 * An axis counted from the start. Negative ones count from the end.
 *
 * @throws ExportError if it is none of `rank` axes.
 */
export function fromStart(axis: number, rank: number, label: string): number {
  if (Number.isInteger(axis) && axis >= -rank && axis < rank) return axis < 0 ? axis + rank : axis
  throw new ExportError('onnx-axis', `${label} names axis ${axis}, and there are ${rank} axes; export the model again`)
}
