import { factsOf } from '../../kernels/work'
import { allocate } from '../../values/dtype'
import { Tensor } from '../../values/tensor'
import { sizeOf } from '../../values/shape'
import { numbered, withInputs } from './dead'
import {
  type Choose,
  type Control,
  type Definition,
  type Ir,
  isWork,
  type Repeat,
  type Value,
  type ValueId,
} from './ir'
import { viewPart } from './views'

// What loops and branches allow a compiler to simplify, besides what is inside their bodies.

/** The values outside of a loop or branch, to which it may move some of its own. */
export interface Surroundings {
  readonly values: readonly Value[]
  add(value: Value): ValueId
}

/** A simplified loop or branch, and what each of its former results is: a result of it, or another value. */
export interface Simpler {
  readonly definition: Control
  readonly results: readonly ({ readonly result: number } | { readonly value: ValueId })[]
}

/** Simplifies a branch: constants go into the bodies. */
export function simplifyChoose(branch: Choose, outside: Surroundings, simplify: (ir: Ir) => Ir): Simpler {
  const [, ...operands] = branch.inputs
  const bodies = branch.bodies.map((body) => simplify(withConstants(body, operands, 0, outside)))
  return { definition: { ...branch, bodies }, results: bodies[0].outputs.map((_, result) => ({ result })) }
}

/**
 * Simplifies a loop. A carry that each step returns unchanged is no carry; constants go into the bodies; and what a
 * step computes from captured tensors alone is computed once, before the loop.
 */
export function simplifyRepeat(given: Value, outside: Surroundings, simplify: (ir: Ir) => Ir): Simpler {
  let loop = given.definition as Repeat
  const results: Simpler['results'][number][] = []
  let own = loop.bodies[0].outputs.map((_, result) => result)
  for (;;) {
    const { operands } = partsOf(loop)
    const first = loop.carries + loop.xs
    const bodies = loop.bodies.map((body) => simplify(withConstants(body, operands, first, outside)))
    loop = { ...loop, bodies: bodies as unknown as Repeat['bodies'] }
    const fixed = unchangedCarries(loop)
    if (fixed.length === 0) break
    for (const carry of fixed) results[own[carry]] = { value: operands[carry] }
    own = own.filter((_, i) => !fixed.includes(i))
    loop = withoutCarries(loop, fixed)
  }
  own.forEach((former, result) => (results[former] = { result }))
  if (loop.bodies.length === 2) results.push({ result: own.length })
  return { definition: hoist(loop, given, outside, simplify), results }
}

/** The count, if it is an operand, and the operands that are inputs of the bodies. */
function partsOf({ inputs, isCounted }: Repeat): { count: readonly ValueId[]; operands: readonly ValueId[] } {
  return isCounted ? { count: inputs.slice(0, 1), operands: inputs.slice(1) } : { count: [], operands: inputs }
}

/** A body whose inputs from number `first` on are constants where the operands are. */
function withConstants(body: Ir, operands: readonly ValueId[], first: number, { values }: Surroundings): Ir {
  return withInputs(body, (index) => {
    const { definition } = values[operands[index]]
    // Of equal operands, one is enough.
    const same = index < first ? index : operands.indexOf(operands[index], first)
    return index >= first && definition.kind === 'constant' ? definition : { kind: 'input', index: same, inputs: [] }
  })
}

/** The carries that a step returns unchanged. */
function unchangedCarries({ bodies: [{ values, outputs }], carries }: Repeat): number[] {
  return outputs.slice(0, carries).flatMap((output, carry) => {
    const { definition } = values[output]
    return definition.kind === 'input' && definition.index === carry ? [carry] : []
  })
}

/** A loop in which some carries are captured tensors. */
function withoutCarries(loop: Repeat, fixed: readonly number[]): Repeat {
  const { count, operands } = partsOf(loop)
  const [step, ...condition] = loop.bodies
  const isFixed = (index: number) => fixed.includes(index)
  const order = [...operands.keys()].filter((index) => !isFixed(index)).concat(fixed)
  const changed = { ...step, outputs: step.outputs.filter((_, output) => !isFixed(output)) }
  return {
    ...loop,
    bodies: [changed, ...condition].map((body) => withInputs(body, numbered(order))) as unknown as Repeat['bodies'],
    carries: loop.carries - fixed.length,
    inputs: [...count, ...order.map((index) => operands[index])],
  }
}

/**
 * Moves what a step computes from captured tensors alone out of the loop. Views stay: they cost nothing where they are
 * read. So does work that may throw, as a loop may take no step.
 */
function hoist(loop: Repeat, { region }: Value, outside: Surroundings, simplify: (ir: Ir) => Ir): Repeat {
  const [step, ...condition] = loop.bodies
  const { operands } = partsOf(loop)
  const first = loop.carries + loop.xs
  const { values, outputs } = step
  const isInvariant: boolean[] = []
  values.forEach(({ definition }, id) => {
    isInvariant[id] =
      definition.kind === 'constant' ||
      (definition.kind === 'input' && definition.index >= first) ||
      (isWork(definition) && factsOf(definition).folds && definition.inputs.every((input) => isInvariant[input]))
  })
  const moves = values.map((value, id) => isInvariant[id] && isWork(value.definition) && viewPart(value) === null)
  const read = new Set(outputs)
  values.forEach(({ definition }, id) => {
    if (!moves[id]) for (const input of definition.inputs) read.add(input)
  })
  const moved = values.flatMap((_, id) => (moves[id] && read.has(id) ? [id] : []))
  if (moved.length === 0) return loop
  const at = new Map<ValueId, ValueId>()
  const outsideOf = (id: ValueId): ValueId => {
    const value = values[id]
    const { definition } = value
    if (definition.kind === 'input') return operands[definition.index]
    let found = at.get(id)
    if (found === undefined) {
      const inputs = definition.inputs.map(outsideOf)
      const own = { ...value, region: value.region || region, definition: { ...definition, inputs } as Definition }
      at.set(id, (found = outside.add(own)))
    }
    return found
  }
  const taken = new Map(moved.map((id, i): [ValueId, Definition] => [id, input(operands.length + i)]))
  const left = {
    values: values.map((value, id) => ({ ...value, definition: taken.get(id) ?? value.definition })),
    outputs,
  }
  return {
    ...loop,
    bodies: [simplify(left), ...condition] as unknown as Repeat['bodies'],
    inputs: [...loop.inputs, ...moved.map(outsideOf)],
  }
}

function input(index: number): Definition {
  return { kind: 'input', index, inputs: [] }
}

/** The results of a loop without steps: the first carries, empty stacks, and the number 0. */
export function withoutSteps({ inputs, isCounted, carries, bodies }: Repeat, outside: Surroundings, region: number) {
  const [{ values, outputs }] = bodies
  const constant = (shape: readonly number[], dtype: Value['dtype']): ValueId => {
    const tensor = new Tensor(shape, dtype, allocate(dtype, sizeOf(shape)))
    return outside.add({ shape, dtype, name: 'constant', region, definition: { kind: 'constant', tensor, inputs: [] } })
  }
  return [
    ...inputs.slice(Number(isCounted), Number(isCounted) + carries),
    ...outputs.slice(carries).map((output) => constant([0, ...values[output].shape], values[output].dtype)),
    ...(bodies.length === 2 ? [constant([], 'int32')] : []),
  ]
}
