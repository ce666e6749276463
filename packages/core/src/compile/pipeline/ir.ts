import type { TensorType, Work } from '../../kernels/work'
import { printProgram } from '../../scalar/print'
import { elements } from '../../graph/print'
import type { Convolution } from '../../recording/region-form'
import type { CallSite } from '../../values/call-site'
import { formatType } from '../../values/printing'
import type { Tensor } from '../../values/tensor'

/** A value of the intermediate representation, identified by its position. Operands have smaller positions. */
export type ValueId = number

/** How a value is defined: as an input, as a constant, or by work on other values. */
type Plain =
  | { readonly kind: 'input'; readonly index: number; readonly inputs: readonly [] }
  | { readonly kind: 'constant'; readonly tensor: Tensor; readonly inputs: readonly [] }
  | (Work & { readonly inputs: readonly ValueId[] })

/**
 * A loop. Its operands are the number of steps if `isCounted`, the first carries, the stacked xs, and what the bodies
 * captured. Both bodies have the inputs: carries, a row of each x, what they captured. The step returns the next
 * carries, and a row of each stack; the condition returns a bool scalar.
 *
 * The results are the last carries, the stacks, and the number of steps that were taken if there is a condition.
 */
export interface Repeat<Body = Ir> {
  readonly kind: 'repeat'
  readonly bodies: readonly [step: Body] | readonly [step: Body, condition: Body]
  /** The largest number of steps, which is the number of rows; null for no bound. */
  readonly length: number | null
  readonly isCounted: boolean
  readonly carries: number
  readonly xs: number
  readonly reverse: boolean
  readonly inputs: readonly ValueId[]
}

/** A branch. Its first operand is the index of the body that runs. Its others are the inputs of every body. */
export interface Choose<Body = Ir> {
  readonly kind: 'choose'
  readonly bodies: readonly Body[]
  readonly inputs: readonly ValueId[]
}

/** What runs bodies of its own, and has several results. */
export type Control<Body = Ir> = Repeat<Body> | Choose<Body>

/** A region that runs its body once. Its operands are the inputs of the body, and its results what the body returns. */
export interface Region {
  readonly kind: 'region'
  /** Whether the values of its body belong to what is around it. */
  readonly isComposite: boolean
  readonly bodies: readonly [NestedIr]
  readonly inputs: readonly ValueId[]
  /** What it computes as a whole: exporters write it as one operation where their target has it. */
  readonly convolution?: Convolution
}

/** Result number `index` of a value that has several. */
export interface Result {
  readonly kind: 'result'
  readonly index: number
  readonly inputs: readonly [of: ValueId]
}

/** How a value is defined. */
export type Definition = Plain | Control | Result

/** A value of a computation that may hold regions. What has several results has the type of the first. */
export type NestedValue = Omit<Value, 'definition' | 'region'> & {
  readonly definition: Plain | Control<NestedIr> | Region | Result
  /** The call site in user code, for exporters. */
  readonly site?: CallSite | null
}

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

/** A computation as a list of values: work of the closed set of kinds, loops and branches, without ops. */
export interface Ir {
  readonly values: readonly Value[]
  readonly outputs: readonly ValueId[]
}

/** Whether a value runs bodies of its own. */
export function isControl<Body>(definition: { readonly kind: string } | Control<Body>): definition is Control<Body> {
  return definition.kind === 'repeat' || definition.kind === 'choose'
}

/** Whether a value is computed by work of one of the kinds. */
export function isWork(definition: Definition): definition is Work & { readonly inputs: readonly ValueId[] } {
  const { kind } = definition
  return kind !== 'input' && kind !== 'constant' && kind !== 'result' && !isControl(definition)
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
    case 'repeat':
    case 'choose':
    case 'region':
      return `${applied}${definition.bodies.map((body) => ` ${printIr(body).replaceAll('\n', '\n  ')}`).join('')}`
    default:
      return applied
  }
}
