import type { Block, Loop, LoopResult, Type } from '../lowering/target'
import { type Builder, list } from './builder'
import { asValue, elementOf, names, type Operand, tensorType, tensorTypes, type Value } from './types'

/** A count that a program keeps from operation to operation, also through blocks: of indices that are out of range. */
export interface Counter {
  /** The count at this point of the program; null if there is none. */
  count: Operand | null
}

/** Row `at` of a stack. */
function rowOf(b: Builder, stack: Operand, at: Operand): Operand {
  const [, ...shape] = stack.shape
  const zero = b.splat(0, 'i32')
  const starts = [at, ...shape.map(() => zero)]
  const cut = { shape: [1, ...shape], element: stack.element }
  const row = b.one(
    `stablehlo.dynamic_slice ${names([stack, ...starts])}, sizes = ${list(cut.shape)} : ` +
      `(${tensorTypes([stack, ...starts])}) -> ${tensorType(cut)}`,
    cut.shape,
    cut.element,
  )
  return b.reshape(row, shape)
}

/** A stack with another row `at`. */
function withRow(b: Builder, stack: Operand, row: Operand, at: Operand): Operand {
  const zero = b.splat(0, 'i32')
  const operands = [stack, b.reshape(row, [1, ...row.shape]), at, ...row.shape.map(() => zero)]
  return b.one(
    `stablehlo.dynamic_update_slice ${names(operands)} : (${tensorTypes(operands)}) -> ${tensorType(stack)}`,
    stack.shape,
    stack.element,
  )
}

/** A loop as `while`. It carries the number of the step, the carries, the stacks, and what `counter` counts. */
export function looped(b: Builder, counter: Counter, loop: Loop<Value>): LoopResult<Value> {
  const { length, count, reverse, carries, xs, stacks } = loop
  const zeros = stacks.map(({ shape, dtype }) => b.splat(0, elementOf(dtype), shape))
  const zero = b.splat(0, 'i32')
  if (length === 0) return { carries, stacks: zeros.map(asValue), steps: asValue(zero) }
  const limit = limitOf(b, count, length)
  // Where a condition is not free of side effects on the counter, the step evaluates it for the next one.
  const isCounting = counter.count !== null && loop.condition !== null
  const outer = counter.count
  const isInside = (t: Operand) => (limit === null ? null : b.compare('LT', t, limit))
  const both = (x: Operand | null, y: Operand | null) =>
    x === null ? (y ?? b.splat(1, 'i1')) : y === null ? x : b.uniform('and', x, y)
  /** Whether the loop goes on at step t, with the count of what the condition counted if it was to be asked. */
  const asked = (t: Operand, given: readonly Operand[]) => {
    const before = counter.count
    const inside = isInside(t)
    const [holds] = loop.condition!(given.map(asValue))
    if (before !== null && inside !== null) counter.count = b.select(inside, counter.count!, before)
    return both(inside, holds)
  }
  const start = isCounting ? [asked(zero, carries)] : []
  const initial = [zero, ...carries, ...zeros, ...(outer === null ? [] : [counter.count!]), ...start]
  const parameters = initial.map(({ shape, element }) => b.parameter(shape, element))
  const [t, ...rest] = parameters
  const given = rest.slice(0, carries.length)
  const rows = rest.slice(carries.length, carries.length + stacks.length)
  const goesOn = parameters.at(-1)!
  const bindings = parameters.map(({ name }, i) => `${name} = ${initial[i].name}`).join(', ')
  const results = b.nested(
    `stablehlo.while(${bindings}) : ${tensorTypes(initial)}`,
    initial,
    () => {
      b.line('cond {')
      b.block(() => {
        if (isCounting) return [goesOn]
        const inside = isInside(t)
        return [both(inside, loop.condition === null ? null : loop.condition(given.map(asValue))[0])]
      })
      b.line('} do {')
      b.block(() => {
        if (outer !== null) counter.count = rest[carries.length + stacks.length]
        const one = b.splat(1, 'i32')
        const row =
          reverse && xs.length + stacks.length > 0 ? b.uniform('subtract', b.uniform('subtract', limit!, one), t) : t
        const outputs = loop.step([...given, ...xs.map((x) => rowOf(b, x, row))].map(asValue))
        const next = b.uniform('add', t, one)
        const nextCarries = outputs.slice(0, carries.length)
        const nextRows = rows.map((stack, i) => withRow(b, stack, outputs[carries.length + i], row))
        const again = isCounting ? [asked(next, nextCarries)] : []
        return [next, ...nextCarries, ...nextRows, ...(outer === null ? [] : [counter.count!]), ...again]
      })
    },
    '}',
  )
  const [steps, ...values] = results
  counter.count = outer === null ? null : values[carries.length + stacks.length]
  return {
    carries: values.slice(0, carries.length).map(asValue),
    stacks: values.slice(carries.length, carries.length + stacks.length).map(asValue),
    steps: asValue(steps),
  }
}

/** The largest number of steps: the count, within 0 and the length; null for no bound. */
function limitOf(b: Builder, count: Operand | null, length: number | null): Operand | null {
  if (count === null) return length === null ? null : b.splat(length, 'i32')
  if (length === null) return count
  return b.uniform('clamp', b.splat(0, 'i32'), count, b.splat(length, 'i32'))
}

/** A branch as `case`. Its index is clamped, as `case` takes the last branch for any other index. */
export function branched(
  b: Builder,
  counter: Counter,
  index: Operand,
  branches: readonly Block<Value>[],
  types: readonly Type[],
): readonly Value[] {
  const outer = counter.count
  const kinds = types.map(({ shape, dtype }) => ({ shape, element: elementOf(dtype) }))
  const all = outer === null ? kinds : [...kinds, outer]
  const bounded = b.uniform('clamp', b.splat(0, 'i32'), index, b.splat(branches.length - 1, 'i32'))
  const results = b.nested(
    `"stablehlo.case"(${bounded.name}) ({`,
    all,
    () =>
      branches.forEach((branch, i) => {
        if (i > 0) b.line('}, {')
        b.block(() => {
          counter.count = outer
          const outputs = branch([])
          return outer === null ? outputs : [...outputs, counter.count!]
        })
      }),
    `}) : (${tensorType(bounded)}) -> ${all.length === 1 ? tensorType(all[0]) : `(${all.map(tensorType).join(', ')})`}`,
  )
  counter.count = outer === null ? null : results[types.length]
  return results.slice(0, types.length).map(asValue)
}
