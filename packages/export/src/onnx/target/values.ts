import type { DType } from '@cotangent/core'
import { dataTypes } from '../proto/messages'

/** Types of elements inside an exported model: those of Cotangent, and those of sizes and of shifted bits. */
export type ElementType = DType | 'int64' | 'uint32'

/** Shape and type of elements of a value in a model. */
export interface ValueType<D extends ElementType = ElementType> {
  readonly shape: readonly number[]
  readonly dtype: D
}

/** A value of a model, known by its name. */
export interface Value<D extends ElementType = DType> extends ValueType<D> {
  readonly name: string
  /** The number, if it is a scalar that is known. */
  readonly number?: number
}

/** A value of any type of elements. */
export type AnyValue = Value<ElementType>

/** The number of each type of elements in the format. */
export const elementTypes = {
  bool: dataTypes.BOOL,
  int32: dataTypes.INT32,
  int64: dataTypes.INT64,
  uint32: dataTypes.UINT32,
  float32: dataTypes.FLOAT,
  float64: dataTypes.DOUBLE,
} satisfies Record<ElementType, number>
