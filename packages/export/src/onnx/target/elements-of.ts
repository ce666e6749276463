import type { Tensor } from '@cotangent/core'
import type { TensorProto } from '../proto/messages'
import { type ElementType, elementTypes } from './values'

interface Form {
  readonly bytes: number
  write(view: DataView, at: number, x: number): void
  read(view: DataView, at: number): number
}

const forms: Readonly<Record<ElementType, Form>> = {
  bool: { bytes: 1, write: (view, at, x) => view.setUint8(at, Number(x !== 0)), read: (view, at) => view.getUint8(at) },
  int32: { bytes: 4, write: (view, at, x) => view.setInt32(at, x, true), read: (view, at) => view.getInt32(at, true) },
  uint32: {
    bytes: 4,
    write: (view, at, x) => view.setUint32(at, x, true),
    read: (view, at) => view.getUint32(at, true),
  },
  int64: {
    bytes: 8,
    write: (view, at, x) => view.setBigInt64(at, BigInt(x), true),
    read: (view, at) => Number(view.getBigInt64(at, true)),
  },
  float32: {
    bytes: 4,
    write: (view, at, x) => view.setFloat32(at, x, true),
    read: (view, at) => view.getFloat32(at, true),
  },
  float64: {
    bytes: 8,
    write: (view, at, x) => view.setFloat64(at, x, true),
    read: (view, at) => view.getFloat64(at, true),
  },
}

/** Elements as a message, in little-endian order. */
export function tensorOf(
  name: string,
  dtype: ElementType,
  dims: readonly number[],
  elements: ArrayLike<number>,
): TensorProto {
  const { bytes, write } = forms[dtype]
  const raw_data = new Uint8Array(bytes * elements.length)
  const view = new DataView(raw_data.buffer)
  for (let i = 0; i < elements.length; i++) write(view, i * bytes, elements[i])
  return { dims, data_type: elementTypes[dtype], name, raw_data }
}

/** The elements of a message that `tensorOf` made. */
export function numbersOf({ raw_data }: TensorProto, dtype: ElementType): readonly number[] {
  const { bytes, read } = forms[dtype]
  const view = new DataView(raw_data!.buffer, raw_data!.byteOffset, raw_data!.byteLength)
  return Array.from({ length: view.byteLength / bytes }, (_, i) => read(view, bytes * i))
}

/** A concrete tensor as a message. */
export function constantOf(name: string, tensor: Tensor): TensorProto {
  return tensorOf(name, tensor.dtype, tensor.shape as readonly number[], tensor.data)
}
