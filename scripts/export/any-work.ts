import type { DType } from '@cotangent/core'
import type { NestedIr, NestedValue } from '@cotangent/core/internal'

/** Whether a predicate holds for some work of a lowered graph, or of a body in it. */
export function anyWork(
  { values }: NestedIr,
  holds: (definition: NestedValue['definition'], dtype: DType) => boolean,
): boolean {
  return values.some(
    ({ definition, dtype }) =>
      holds(definition, dtype) || ('bodies' in definition && definition.bodies.some((body) => anyWork(body, holds))),
  )
}

/** Whether floats are added up or multiplied, other than along an axis, in an order that another machine may change. */
export function addsUp(definition: NestedValue['definition'], dtype: DType): boolean {
  if (definition.kind === 'region') return definition.convolution !== undefined
  if (dtype !== 'float32' && dtype !== 'float64') return false
  switch (definition.kind) {
    case 'reduce':
      return definition.combine === 'sum' || definition.combine === 'product'
    case 'contract':
    case 'factor':
      return true
    case 'move':
      return definition.parts.some(({ adds }) => adds)
    default:
      return false
  }
}
