import type { DType } from '@cotangent/core'
import type { Type } from '../lowering/target'

/** Element types of StableHLO. The last two hold bits and packed constants, never values of the graph. */
export type Element = 'i1' | 'i32' | 'f32' | 'f64' | 'i64' | 'i8'

/** A value of the module: its name, its shape and its element type. */
export interface Operand {
  readonly name: string
  readonly shape: readonly number[]
  readonly element: Element
}

/** A value of the graph. */
export interface Value extends Operand, Type {}

const elements = { bool: 'i1', int32: 'i32', float32: 'f32', float64: 'f64' } as const satisfies Record<DType, Element>
const dtypes = { i1: 'bool', i32: 'int32', f32: 'float32', f64: 'float64' } as const

/** The element type of a dtype. */
export function elementOf(dtype: DType): Element {
  return elements[dtype]
}

/** An operand that has the element type of a dtype, as a value of the graph. */
export function asValue(operand: Operand): Value {
  return { ...operand, dtype: dtypes[operand.element as keyof typeof dtypes] }
}

/** Whether elements are floating-point numbers. */
export function isFloating(element: Element): boolean {
  return element === 'f32' || element === 'f64'
}

/** `tensor<2x3xf32>`. */
export function tensorType({ shape, element }: Pick<Operand, 'shape' | 'element'>): string {
  return `tensor<${[...shape, element].join('x')}>`
}

/** `tensor<2xf32>, tensor<i32>`. */
export function tensorTypes(operands: readonly Operand[]): string {
  return operands.map(tensorType).join(', ')
}

/** `%0, %1`. */
export function names(operands: readonly Operand[]): string {
  return operands.map(({ name }) => name).join(', ')
}
