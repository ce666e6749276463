import type { TensorType, Work } from '../../kernels/work'
import { elements } from '../../graph/print'
import { formatType } from '../../values/printing'
import type { Tensor } from '../../values/tensor'

/** A value of the intermediate form, by its position; operands always have smaller ones. */
export type ValueId = number

/** How a value is made: given to the program, or by work on other values. */
export type Definition =
  | { readonly kind: 'input'; readonly index: number; readonly inputs: readonly [] }
  | { readonly kind: 'constant'; readonly tensor: Tensor; readonly inputs: readonly [] }
  | (Work & { readonly inputs: readonly ValueId[] })

/** A value: its type, how it is made, and the name of the op that it came from. */
export interface Value extends TensorType {
  readonly definition: Definition
  readonly name: string
  /** The function of the library whose call the op was a part of: errors name that. */
  readonly operation?: string | null
  /** The region that it is computed in, 0 outside of all: what a region computes is not shared with what is outside. */
  readonly region: number
}

/** A computation over the closed set of kinds: no regions, no ops. */
export interface Ir {
  readonly values: readonly Value[]
  readonly outputs: readonly ValueId[]
}

/** One line a value: `%3: float32[2, 3] = map mul(%0, %1)`. */
export function printIr({ values, outputs }: Ir): string {
  const lines = values.map(({ definition, name, dtype, shape }, id) => {
    const operands = definition.inputs.map((input) => `%${input}`).join(', ')
    const what = definition.kind === 'constant' ? elements(definition.tensor) : `${name}${operands && `(${operands})`}`
    return `  %${id}: ${formatType(dtype, shape)} = ${definition.kind} ${what}`
  })
  return ['{', ...lines, `  return ${outputs.map((output) => `%${output}`).join(', ')}`, '}'].join('\n')
}
