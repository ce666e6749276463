import type { Block, Loop, LoopResult } from '../../lowering/target'
import type { Type } from '../../lowering/target'
import type { GraphProto } from '../proto/messages'
import type { Operations } from './operations'
import type { AnyValue, Value } from './values'

type Count = Value<'int64'>

const scalarOf = (dtype: 'int64' | 'int32' | 'bool') => ({ shape: [], dtype })

/** A loop: Scan where all rows are taken, else Loop. */
export function writeLoop(o: Operations, loop: Loop<Value>): LoopResult<Value> {
  const { count, length, condition, xs } = loop
  // ONNX Runtime's Scan needs a row.
  if (count === null && condition === null && xs.length > 0 && length! > 0) return overRows(o, loop)
  return upToLimit(o, loop)
}

function overRows(o: Operations, { length, reverse, carries, xs, stacks, step }: Loop<Value>): LoopResult<Value> {
  const body = o.writer.body([...carries, ...xs.map(rowOf)], (given) => step(given as readonly Value[]))
  const direction = Number(reverse)
  const results = o.writer.nodes('Scan', [...carries, ...xs], [...carries, ...stacks], {
    body,
    num_scan_inputs: xs.length,
    scan_input_directions: xs.map(() => direction),
    ...(stacks.length > 0 && { scan_output_directions: stacks.map(() => direction) }),
  }) as readonly Value[]
  const steps = o.writer.scalar(length!, 'int32')
  return { carries: results.slice(0, carries.length), stacks: results.slice(carries.length), steps }
}

function upToLimit(o: Operations, loop: Loop<Value>): LoopResult<Value> {
  const { writer } = o
  const { carries, stacks, condition } = loop
  const limit = limitOf(o, loop)
  const holds = (given: readonly Value[]) => (condition === null ? writer.scalar(1, 'bool') : condition(given)[0])
  const counter = condition === null ? [] : [writer.scalar(0, 'int32')]
  const state = [...carries, ...counter]
  const body = writer.body([scalarOf('int64'), scalarOf('bool'), ...state], ([iteration, , ...given]) => {
    const [before, taken] = [given.slice(0, carries.length) as Value[], given.slice(carries.length) as Value[]]
    const row = rowNumber(o, loop, limit, iteration as Count)
    const rows = loop.xs.map((x) => writer.node('Gather', [x, row], rowOf(x), { axis: 0 }))
    const results = loop.step([...before, ...rows])
    const next = results.slice(0, carries.length)
    const counted = taken.map((steps) => o.uniform('Add', steps, writer.scalar(1, 'int32')))
    return [holds(next), ...next, ...counted, ...results.slice(carries.length)]
  })
  const results = writer.nodes('Loop', [limit, holds(carries), ...state], [...state, ...stacks], { body })
  const written = results as readonly Value[]
  const steps = condition === null ? o.cast(limit!, 'int32') : written[carries.length]
  return {
    carries: written.slice(0, carries.length),
    stacks: written.slice(state.length).map((rows) => placed(o, rows, loop, limit, steps)),
    steps,
  }
}

/** The largest number of steps; null for no bound. */
function limitOf(o: Operations, { count, length }: Loop<Value>): Count | null {
  const { writer } = o
  if (count === null) return length === null ? null : writer.scalar(length, 'int64')
  const atLeast = o.uniform('Max', o.cast(count, 'int64'), writer.scalar(0, 'int64'))
  return length === null ? atLeast : o.uniform('Min', atLeast, writer.scalar(length, 'int64'))
}

function rowNumber(o: Operations, { reverse }: Loop<Value>, limit: Count | null, iteration: Count): Count {
  if (!reverse) return iteration
  return o.uniform('Sub', o.uniform('Sub', limit!, iteration), o.writer.scalar(1, 'int64'))
}

/** The rows of the steps, in the order of the steps, at their places among rows of zeros. */
function placed(o: Operations, rows: Value, loop: Loop<Value>, limit: Count | null, steps: Value): Value {
  const { length, reverse, count, condition } = loop
  const { writer } = o
  const ordered = reverse ? o.reverse(rows, [0]) : rows
  if (count === null && condition === null) return ordered
  const [taken, all] = [o.cast(steps as Value<'int32'>, 'int64'), writer.scalar(length!, 'int64')]
  const before = reverse ? o.uniform('Sub', limit!, taken) : writer.scalar(0, 'int64')
  const after = o.uniform('Sub', all, reverse ? limit! : taken)
  const rest = writer.integers(rows.shape.slice(1).map(() => 0))
  const pads = o.concat([o.unsqueeze(before, [0]), rest, o.unsqueeze(after, [0]), rest], 0)
  return writer.node('Pad', [ordered, pads, writer.scalar(0, rows.dtype)], rows)
}

const rowOf = ({ shape, dtype }: Value): Type => ({ shape: shape.slice(1), dtype })

/** Branches as If, the later ones inside of the else branch of the earlier. */
export function writeBranch(
  o: Operations,
  index: Value,
  branches: readonly Block<Value>[],
  types: readonly Type[],
): readonly Value[] {
  const bodyOf = (write: () => readonly AnyValue[]): GraphProto => o.writer.body([], write)
  const from = (first: number): readonly Value[] => {
    if (first === branches.length - 1) return branches[first]([])
    const isThis = o.test('LessOrEqual', index, o.writer.scalar(first, 'int32'))
    const then_branch = bodyOf(() => branches[first]([]))
    const else_branch = bodyOf(() => from(first + 1))
    return o.writer.nodes('If', [isThis], types, { then_branch, else_branch }) as readonly Value[]
  }
  return from(0)
}
