import { ValueError } from '../errors'
import type { DType } from '../values/dtype'
import { exactText } from '../values/printing'
import { identities, type Identity, type RewriteContext, type Rewritten, rulesByName } from './identities'
import type { Instruction, InstructionName, Program, Step } from './instructions'
import type { Scalar } from './set'

/** A value of the program that is being recorded; the implementation of `Scalar`. */
export class ValueOf {
  constructor(
    readonly owner: Recorder<Step>,
    readonly dtype: DType,
    /** Position of the step that computes it. */
    readonly at: number,
  ) {}

  /** Without this, JavaScript's operators would silently give NaN. */
  [Symbol.toPrimitive](): never {
    throw new ValueError(
      'scalar-arithmetic',
      '[formula] a scalar of a formula is no number yet; calculate with the methods of s, as in s.mul(2, x)',
    )
  }
}

/** A `Scalar` together with its implementation. */
export type RecordedValue = ValueOf & Scalar
export const RecordedValue = ValueOf as unknown as new (
  owner: Recorder<Step>,
  dtype: DType,
  at: number,
) => RecordedValue

const commutative: ReadonlySet<InstructionName> = /* @__PURE__ */ new Set<InstructionName>([
  'add',
  'mul',
  'min',
  'max',
  'equal',
  'notEqual',
  'and',
  'or',
  'bitAnd',
  'bitOr',
  'bitXor',
])

let byName: ReadonlyMap<InstructionName, readonly Identity[]> | undefined

/**
 * Records a program with value numbering: equal steps are recorded once. Identities rewrite every instruction before
 * it is recorded. A `Recorder<Step>` records calls as well.
 */
export class Recorder<Kept extends Step = Instruction> {
  private readonly steps: Kept[] = []
  private readonly values: RecordedValue[] = []
  private readonly numbers = new Map<string, RecordedValue>()
  private readonly rules: ReadonlyMap<string, readonly Identity[]>

  constructor(rules?: readonly Identity[]) {
    this.rules = rules === undefined ? (byName ??= rulesByName(identities)) : rulesByName(rules)
  }

  record(step: Kept | Instruction): RecordedValue {
    const rewritten = step.name === 'call' ? undefined : this.rewritten(step)
    if (rewritten !== undefined) return typeof rewritten === 'number' ? this.values[rewritten] : this.record(rewritten)
    const key = keyOf(step)
    let value = this.numbers.get(key)
    if (value === undefined) {
      value = new RecordedValue(this, step.dtype, this.steps.length)
      this.steps.push(step as Kept)
      this.values.push(value)
      this.numbers.set(key, value)
    }
    return value
  }

  /** The step that computes a value, and the operands of the step. */
  origin({ at }: RecordedValue): { readonly step: Kept; readonly operands: readonly RecordedValue[] } {
    const step = this.steps[at]
    return { step, operands: step.operands.map((operand) => this.values[operand]) }
  }

  /** The program that computes `result`, without what `result` does not need. */
  program(inputs: readonly DType[], result: RecordedValue): Program<Kept> {
    const { instructions, positions } = this.needed([result])
    return Object.freeze({
      inputs: Object.freeze([...inputs]),
      instructions: Object.freeze(instructions),
      result: positions[0],
      dtype: result.dtype,
    })
  }

  /** The steps that `results` need, and the positions of the results among them. */
  needed(results: readonly RecordedValue[]): { instructions: readonly Kept[]; positions: readonly number[] } {
    const needed = new Set<number>(results.map(({ at }) => at))
    for (let at = Math.max(...needed); at >= 0; at--)
      if (needed.has(at)) for (const operand of this.steps[at].operands) needed.add(operand)
    const places = new Map<number, number>()
    const instructions: Kept[] = []
    this.steps.forEach((step, at) => {
      if (!needed.has(at)) return
      places.set(at, instructions.length)
      const operands = Object.freeze(step.operands.map((operand) => places.get(operand)))
      instructions.push(Object.freeze({ ...step, operands }) as unknown as Kept)
    })
    return { instructions, positions: results.map(({ at }) => places.get(at)!) }
  }

  private rewritten(instruction: Instruction): Rewritten | undefined {
    const rules = this.rules.get(instruction.name)
    if (rules === undefined) return undefined
    const context: RewriteContext = {
      at: (position) => this.steps[position],
      constant: (value) => this.record({ name: 'const', dtype: instruction.dtype, operands: [], value }).at,
    }
    for (const { rewrite } of rules) {
      const rewritten = rewrite(instruction, context)
      if (rewritten !== undefined) return rewritten
    }
    return undefined
  }
}

/** Text that is equal for equal steps. */
function keyOf(step: Step): string {
  const { name, dtype } = step
  if (name === 'const') return `const ${dtype} ${exactText(step.value)}`
  if (name === 'input') return `input ${step.index}`
  const operands: number[] = [...step.operands]
  if (name !== 'call' && commutative.has(name)) operands.sort((a, b) => a - b)
  return `${name === 'call' ? step.function : name} ${dtype} ${operands.join(' ')}`
}
