import type { Accumulation } from '@cotangent/core'
import { sizeOf } from '@cotangent/core/internal'
import { identityOf } from './identities'
import type { Operations } from './operations'
import type { AnyValue, Value } from './values'

const operators = { sum: 'Add', product: 'Mul', maximum: 'Max', minimum: 'Min' } satisfies Record<Accumulation, string>

/** Each element of a number type combined with all before it along an axis, and all of them combined. */
export function scanned(
  o: Operations,
  combine: Accumulation,
  x: Value,
  axis: number,
): { readonly each: Value; readonly total: Value } {
  const { writer } = o
  const row = { shape: x.shape.filter((_, at) => at !== axis), dtype: x.dtype }
  const start = o.filled(identityOf(combine, x.dtype), row.shape, x.dtype)
  // ONNX Runtime's Scan needs a step.
  if (sizeOf(x.shape) === 0) return { each: x, total: start }
  const body = writer.body([row, row], ([total, element]) => {
    const next = o.uniform(operators[combine], total as Value, element as Value)
    return [next, next]
  })
  const [total, each] = writer.nodes('Scan', [start, x], [row, x], {
    body,
    num_scan_inputs: 1,
    scan_input_axes: [axis],
    scan_output_axes: [axis],
  }) as readonly [AnyValue, AnyValue]
  return { each: each as Value, total: total as Value }
}
