import type { TensorType, Work } from '../../kernels/work'
import { printProgram } from '../../scalar/print'
import { elements } from '../../graph/print'
import { formatType } from '../../values/printing'
import type { Tensor } from '../../values/tensor'

/** A value of the intermediate representation, identified by its position. Operands have smaller positions. */
export type ValueId = number

/** How a value is defined: as an input, as a constant, or by work on other values. */
export type Definition =
  | { readonly kind: 'input'; readonly index: number; readonly inputs: readonly [] }
  | { readonly kind: 'constant'; readonly tensor: Tensor; readonly inputs: readonly [] }
  | (Work & { readonly inputs: readonly ValueId[] })

/** A region: graphs of its own, to each of which its operands are the inputs. Its `result`s are what a body returns. */
export interface Region {
  readonly kind: 'region'
  readonly bodies: readonly NestedIr[]
  readonly inputs: readonly ValueId[]
}

/** Result number `index` of a region. */
export interface Result {
  readonly kind: 'result'
  readonly index: number
  readonly inputs: readonly [region: ValueId]
}

/** A value of a computation that may hold regions. A region itself has the type of its first result. */
export type NestedValue = Omit<Value, 'definition' | 'region'> & { readonly definition: Definition | Region | Result }

/** A computation as lowered: regions still own their bodies. */
export interface NestedIr {
  readonly values: readonly NestedValue[]
  readonly outputs: readonly ValueId[]
}

/** A value: its type, its definition, and the name of the op that it comes from. */
export interface Value extends TensorType {
  readonly definition: Definition
  readonly name: string
  /** The library function whose call applied the op. Error messages name it. */
  readonly operation?: string | null
  /** The region that computes it, 0 for none. Values of different regions are never merged. */
  readonly region: number
}

/** A computation as a list of values: work of the closed set of kinds, without ops and regions. */
export interface Ir {
  readonly values: readonly Value[]
  readonly outputs: readonly ValueId[]
}

/**
 * Prints one line per value: `%3: float32[2, 3] = map mul(%0, %1)`, with the program of a map where the name says
 * less.
 */
export function printIr({ values, outputs }: NestedIr): string {
  const lines = values.map(
    ({ definition, name, dtype, shape }, id) =>
      `  %${id}: ${formatType(dtype, shape)} = ${definition.kind} ${printDefinition(definition, name)}`,
  )
  return ['{', ...lines, `  return ${outputs.map((output) => `%${output}`).join(', ')}`, '}'].join('\n')
}

function printDefinition(definition: NestedValue['definition'], name: string): string {
  if (definition.kind === 'constant') return elements(definition.tensor)
  const operands = definition.inputs.map((input) => `%${input}`)
  const applied = operands.length === 0 ? name : `${name}(${operands.join(', ')})`
  switch (definition.kind) {
    case 'map': {
      const program = printProgram(definition.program, operands)
      return program === applied ? applied : `${applied}: ${program}`
    }
    case 'result':
      return `${applied}.${definition.index}`
    case 'region':
      return `${applied}${definition.bodies.map((body) => ` ${printIr(body).replaceAll('\n', '\n  ')}`).join('')}`
    default:
      return applied
  }
}
