import * as ct from '@cotangent/core'
import type { Tensor } from '@cotangent/core'
import { ExportError } from '../../errors'
import type { Body, Inputs, NodeView } from '../node'
import { tensorOf, type Value, WideIntegers } from '../values'
import { conditionOf, known, runOf } from './bodies'

/** The parts of a Loop in a call. */
interface Parts {
  readonly label: string
  /** The largest number of steps: Infinity for no bound, a tensor if it is computed from data. */
  readonly limit: number | Tensor
  readonly condition: Tensor
  readonly carries: readonly Tensor[]
  step(number: Tensor, condition: Tensor, carries: readonly Tensor[]): Next
}

interface Next {
  readonly condition: Tensor
  readonly carries: Tensor[]
  /** What the loop stacks. */
  readonly rows: Tensor[]
}

/**
 * A loop up to a number of steps and while a condition holds. A body that leaves the condition alone becomes a `scan`
 * over the numbers of the steps. Otherwise steps are taken while the condition can be read, and in a trace, the loop
 * becomes a `whileLoop`.
 */
export function loop(node: NodeView, body: Body, given: Inputs): readonly Value[] {
  const run = runOf(body, given, node.label)
  const carries = Array.from({ length: node.inputs.length - 2 }, (_, i) => given.tensor(2 + i))
  const parts: Parts = {
    label: node.label,
    limit: node.has(0) ? limitOf(given.value(0), node.label) : Infinity,
    condition: node.has(1) ? conditionOf(given.tensor(1)) : ct.tensor(true),
    carries,
    step(number, condition, before) {
      const [next, ...results] = run(number, condition, ...before)
      return { condition: conditionOf(next), carries: results.slice(0, carries.length), rows: results.slice(carries.length) } // prettier-ignore
    },
  }
  const count = stepsOf(parts, body)
  if (count !== null) return counted(parts, count)
  const found = stepByStep(parts)
  if (found !== null) return found
  if (node.outputs.length > carries.length)
    throw new ExportError(
      'onnx-dynamic-shape',
      `${node.label} stacks as many rows as it takes steps, and their number is computed from data; ` +
        'call the model outside of a trace, or export it with a fixed number of steps',
    )
  return whileHolds(parts)
}

function limitOf(value: Value, label: string): number | Tensor {
  if (value instanceof WideIntegers) return Infinity
  const limit = tensorOf(value, `input 0 of ${label}`).reshape([])
  return known(limit) ?? limit
}

/** How many steps there are, if nothing that the body computes decides about it. */
function stepsOf({ limit, condition }: Parts, body: Body): number | null {
  const source = body.source(0)
  const isConstant = source === 1 || (source instanceof ct.Tensor && known(conditionOf(source)) === 1)
  const holds = known(condition)
  if (!isConstant || holds === null || typeof limit !== 'number' || limit === Infinity) return null
  return holds === 0 ? 0 : Math.max(0, limit)
}

function counted({ condition, carries, step }: Parts, count: number): readonly Tensor[] {
  const f = (before: Tensor[], number: Tensor) => {
    const next = step(number, condition, before)
    return [next.carries, next.rows] as const
  }
  const [last, stacks] = ct.scan(f, [...carries], ct.arange(count))
  return [...last, ...(stacks as Tensor[])]
}

/** Null where a condition cannot be read. */
function stepByStep({ limit, condition, carries, step }: Parts): readonly Tensor[] | null {
  const bound = typeof limit === 'number' ? limit : null
  if (bound === null) return null
  const rows: Tensor[][] = []
  let at: Pick<Next, 'condition' | 'carries'> = { condition, carries: [...carries] }
  const numbered = (number: number) => ct.tensor(number, { dtype: 'int32' })
  for (let number = 0; number < bound; number++) {
    const holds = known(at.condition)
    if (holds === null) return null
    if (holds === 0) break
    const next = step(numbered(number), at.condition, at.carries)
    rows.push(next.rows)
    at = next
  }
  // Without a step, the body still tells the shapes of the rows.
  const first = rows[0] ?? step(numbered(0), condition, carries).rows
  const stacks = first.map(({ shape, dtype }, i) =>
    rows.length === 0 ? ct.zeros([0, ...shape], { dtype }) : ct.stack(rows.map((each) => each[i])),
  )
  return [...at.carries, ...stacks]
}

function whileHolds({ limit, condition, carries, step }: Parts): readonly Tensor[] {
  const isFixed = typeof limit === 'number'
  const holds = ([number, condition]: Tensor[]) => (isFixed ? condition : ct.and(condition, ct.less(number, limit)))
  const body = ([number, condition, ...before]: Tensor[]) => {
    const next = step(number, condition, before)
    return [ct.add(number, 1), next.condition, ...next.carries]
  }
  const start = [ct.tensor(0, { dtype: 'int32' }), condition, ...carries]
  const options = isFixed && limit < Infinity ? { maxSteps: Math.max(0, limit) } : {}
  return ct.whileLoop(holds, body, start, options).value.slice(2)
}
