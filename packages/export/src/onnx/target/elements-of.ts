import type { Tensor } from '@cotangent/core'
import type { TensorProto } from '../proto/messages'
import { type ElementType, elementTypes } from './values'

const writers: Readonly<Record<ElementType, readonly [bytes: number, (view: DataView, at: number, x: number) => void]>> = {
  bool: [1, (view, at, x) => view.setUint8(at, Number(x !== 0))],
  int32: [4, (view, at, x) => view.setInt32(at, x, true)],
  uint32: [4, (view, at, x) => view.setUint32(at, x, true)],
  int64: [8, (view, at, x) => view.setBigInt64(at, BigInt(x), true)],
  float32: [4, (view, at, x) => view.setFloat32(at, x, true)],
  float64: [8, (view, at, x) => view.setFloat64(at, x, true)],
}

/** Elements as a message, in little-endian order. */
export function tensorOf(
  name: string,
  dtype: ElementType,
  dims: readonly number[],
  elements: ArrayLike<number>,
): TensorProto {
  const [bytes, write] = writers[dtype]
  const raw_data = new Uint8Array(bytes * elements.length)
  const view = new DataView(raw_data.buffer)
  for (let i = 0; i < elements.length; i++) write(view, i * bytes, elements[i])
  return { dims, data_type: elementTypes[dtype], name, raw_data }
}

/** The elements of a message that `tensorOf` made. */
export function integersOf({ raw_data }: TensorProto): readonly number[] {
  const view = new DataView(raw_data!.buffer, raw_data!.byteOffset, raw_data!.byteLength)
  return Array.from({ length: view.byteLength / 8 }, (_, i) => Number(view.getBigInt64(8 * i, true)))
}

/** A concrete tensor as a message. */
export function constantOf(name: string, tensor: Tensor): TensorProto {
  return tensorOf(name, tensor.dtype, tensor.shape as readonly number[], tensor.data)
}

