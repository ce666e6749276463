import { ValueError } from '../errors'
import type { DType } from '../values/dtype'
import { exactText } from '../values/printing'
import { identities, type Identity, type Looked, type Rewritten, rulesByName } from './identities'
import type { Instruction, InstructionName, Program } from './instructions'
import type { Scalar } from './set'

/** A value of the program being recorded; the builder's side of a `Scalar`. */
export class ValueOf {
  constructor(
    readonly owner: Recorder,
    readonly dtype: DType,
    /** Position of the instruction that computes it. */
    readonly at: number,
  ) {}

  /** JavaScript's operators would make NaN of it. */
  [Symbol.toPrimitive](): never {
    throw new ValueError(
      'scalar-arithmetic',
      '[formula] a scalar of a formula is no number yet; calculate with the methods of s, as in s.mul(2, x)',
    )
  }
}

/** The opaque handle and what is behind it. */
export type Value = ValueOf & Scalar
export const Value = ValueOf as unknown as new (owner: Recorder, dtype: DType, at: number) => Value

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
 * Numbers values: an instruction that was recorded before, or that an identity makes superfluous, is not recorded again.
 */
export class Recorder {
  private readonly instructions: Instruction[] = []
  private readonly values: Value[] = []
  private readonly numbers = new Map<string, Value>()

  private readonly rules: ReadonlyMap<InstructionName, readonly Identity[]>

  constructor(rules?: readonly Identity[]) {
    this.rules = rules === undefined ? (byName ??= rulesByName(identities)) : rulesByName(rules)
  }

  record(instruction: Instruction): Value {
    const rewritten = this.rewritten(instruction)
    if (rewritten !== undefined) return typeof rewritten === 'number' ? this.values[rewritten] : this.record(rewritten)
    const key = keyOf(instruction)
    let value = this.numbers.get(key)
    if (value === undefined) {
      value = new Value(this, instruction.dtype, this.instructions.length)
      this.instructions.push(instruction)
      this.values.push(value)
      this.numbers.set(key, value)
    }
    return value
  }

  /** The instruction that computes a value, and the values that it takes. */
  origin({ at }: Value): { readonly instruction: Instruction; readonly operands: readonly Value[] } {
    const instruction = this.instructions[at]
    return { instruction, operands: instruction.operands.map((operand) => this.values[operand]) }
  }

  /** The program that computes `result`, without what `result` does not need. */
  program(inputs: readonly DType[], result: Value): Program {
    const { instructions, positions } = this.needed([result])
    return Object.freeze({
      inputs: Object.freeze([...inputs]),
      instructions: Object.freeze(instructions),
      result: positions[0],
      dtype: result.dtype,
    })
  }

  /** The instructions that `results` need, and where the results are among them. */
  needed(results: readonly Value[]): { instructions: readonly Instruction[]; positions: readonly number[] } {
    const needed = new Set<number>(results.map(({ at }) => at))
    for (let at = Math.max(...needed); at >= 0; at--)
      if (needed.has(at)) for (const operand of this.instructions[at].operands) needed.add(operand)
    const places = new Map<number, number>()
    const instructions: Instruction[] = []
    this.instructions.forEach((instruction, at) => {
      if (!needed.has(at)) return
      places.set(at, instructions.length)
      const operands = Object.freeze(instruction.operands.map((operand) => places.get(operand)))
      instructions.push(Object.freeze({ ...instruction, operands }) as Instruction)
    })
    return { instructions, positions: results.map(({ at }) => places.get(at)!) }
  }

  private rewritten(instruction: Instruction): Rewritten | undefined {
    const rules = this.rules.get(instruction.name)
    if (rules === undefined) return undefined
    const looked: Looked = {
      at: (position) => this.instructions[position],
      constant: (value) => this.record({ name: 'const', dtype: instruction.dtype, operands: [], value }).at,
    }
    for (const { rewrite } of rules) {
      const rewritten = rewrite(instruction, looked)
      if (rewritten !== undefined) return rewritten
    }
    return undefined
  }
}

function keyOf(instruction: Instruction): string {
  const { name, dtype } = instruction
  if (name === 'const') return `const ${dtype} ${exactText(instruction.value)}`
  if (name === 'input') return `input ${instruction.index}`
  const operands: number[] = [...instruction.operands]
  if (commutative.has(name)) operands.sort((a, b) => a - b)
  return `${name} ${dtype} ${operands.join(' ')}`
}
