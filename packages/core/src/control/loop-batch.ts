import { replay } from '../batching/replay'
import { repeated } from '../batching/rules'
import type { Graph } from '../graph/graph'
import { traceLeaves } from '../graph/trace'
import { add } from '../ops/arithmetic'
import { sumAxes } from '../ops/broadcasting'
import { and, less, notEqual } from '../ops/comparison'
import { arange, zeros, zerosLike } from '../ops/creation'
import { maxAxes } from '../ops/reduction'
import { applyAll } from '../recording/apply'
import { castTo } from '../recording/cast'
import type { Batched, BatchedApplication } from '../recording/op'
import { placesInList } from '../trees/places'
import type { Tensor } from '../values/tensor'
import { type Inputs, inputsOf, type Loop, outputsOf, returnedBy, rowOf } from './loop-form'
import { exchangeFirst, onlyActive, select } from './rows'

/** A batched loop: its inputs, its graphs, and which carries and ys are batched. */
interface Plan {
  readonly count: readonly Tensor[]
  readonly carries: readonly Tensor[]
  readonly xs: readonly Tensor[]
  readonly graphs: Loop['graphs']
  readonly isBatched: readonly boolean[]
}

type Given = Inputs<Batched>

const tensorOf = ({ tensor }: Batched) => tensor
const batched = (tensor: Tensor): Batched => ({ tensor, isBatched: true })
const flag = (tensors: readonly Tensor[], flags: readonly boolean[]): Batched[] =>
  tensors.map((tensor, i) => ({ tensor, isBatched: flags[i] }))
/** A stack between the orders of axes: examples first outside of the loop, steps first inside. */
const exchanged = ({ tensor, isBatched }: Batched): Batched => ({
  tensor: isBatched ? exchangeFirst(tensor) : tensor,
  isBatched,
})

/**
 * A loop over a batch. If all examples take equally many steps, it is the loop of the batched body. Otherwise it runs
 * until the last example is done, and the carries of an example that is done stay as they are.
 */
export function batchLoop({ op, inputs: list, attributes, size }: BatchedApplication<Loop>): readonly Batched[] {
  const given = inputsOf(list, attributes)
  const inputs = { ...given, xs: given.xs.map(exchanged) }
  const own = attributes.carries
  const plan = inputs.count.some(({ isBatched }) => isBatched) ? null : planTogether(inputs, attributes, size)
  const isApart = plan === null
  const { count, carries, xs, graphs, isBatched } = plan ?? planApart(inputs, attributes, size)
  const form: Loop = { ...attributes, graphs, carries: carries.length, xs: xs.length }
  const captured = graphs.flatMap((graph: Graph) => [...graph.constants.values()])
  const found = outputsOf(applyAll(op, [...count, ...carries, ...xs, ...captured], form), form)
  const steps = isApart && found.steps.length > 0 ? [batched(found.carries[own])] : flag(found.steps, [false])
  return [
    ...flag(found.carries.slice(0, own), isBatched),
    ...steps,
    ...flag(found.ys, isBatched.slice(own)).map(exchanged),
    ...flag(found.stacks.slice(0, own), isBatched).map(exchanged),
  ]
}

/** The list that a graph returns for a batch, from its inputs and what it captured. */
function replayed(graph: Graph, inputs: readonly Batched[], size: number): readonly Batched[] {
  const own = graph.inputs.length
  return graph.rebuild(replay(graph, inputs.slice(0, own), size, inputs.slice(own))) as readonly Batched[]
}

/** Traces a function of carries, and of rows of the xs. */
function traceStep(
  carries: readonly Tensor[],
  xs: readonly Tensor[],
  step: (carries: readonly Tensor[], rows: readonly Tensor[]) => readonly Tensor[],
): Graph {
  const types = [...carries, ...xs.map(rowOf)]
  return traceLeaves(types, placesInList(types.length), (list) =>
    step(list.slice(0, carries.length), list.slice(carries.length)),
  )
}

/** The first carries, those batched that `flags` says. */
function firstCarries({ carries }: Given, flags: readonly boolean[], size: number): Tensor[] {
  return carries.map((carry, i) => (flags[i] ? repeated(carry, size) : carry.tensor))
}

/** The loop for examples that take equally many steps; null if the condition differs between them. */
function planTogether(inputs: Given, attributes: Loop, size: number): Plan | null {
  const { graphs: [body, condition] } = attributes // prettier-ignore
  const { count, xs, captured, conditionCaptured } = inputs
  // Carries are batched that are so at the start, and those that a step makes so.
  let flags = inputs.carries.map(({ isBatched }) => isBatched)
  for (;;) {
    const carries = firstCarries(inputs, flags, size)
    let isBatched: readonly boolean[] = []
    const graph = traceStep(carries, xs.map(tensorOf), (own, rows) => {
      const taken = rows.map((row, i) => ({ tensor: row, isBatched: xs[i].isBatched }))
      const results = replayed(body, [...flag(own, flags), ...taken, ...captured], size)
      isBatched = results.map((result, i) => (flags[i] ?? false) || result.isBatched)
      return results.map((result, i) => (flags[i] ? repeated(result, size) : result.tensor))
    })
    if (flags.some((each, i) => each !== isBatched[i])) {
      flags = isBatched.slice(0, flags.length)
      continue
    }
    let differs = false
    const test =
      condition &&
      traceStep(carries, [], (own) => {
        const [goesOn] = replayed(condition, [...flag(own, flags), ...conditionCaptured], size)
        differs = goesOn.isBatched
        return [goesOn.tensor]
      })
    if (differs) return null
    const graphs: Loop['graphs'] = test ? [graph, test] : [graph]
    return { count: count.map(tensorOf), carries, xs: xs.map(tensorOf), graphs, isBatched }
  }
}

/**
 * The loop for examples that take different numbers of steps. With a condition, it carries the steps that each example
 * has taken, and whether it goes on. With a count for each example, each step knows its number.
 */
function planApart(inputs: Given, attributes: Loop, size: number): Plan {
  const { graphs: [body, condition], length, carries: own } = attributes // prettier-ignore
  const { captured, conditionCaptured } = inputs
  const [count] = inputs.count
  const all = inputs.carries.map(() => true)
  const first = firstCarries(inputs, all, size)
  const xs = inputs.xs.map(tensorOf)
  const goesOn = (carries: readonly Tensor[]) =>
    repeated(replayed(condition!, [...carries.map(batched), ...conditionCaptured], size)[0], size)
  const extra = condition ? [zeros([size], { dtype: 'int32' }), goesOn(first)] : []
  const numbers = condition ? [] : [arange(0, length!, 1, { dtype: 'int32' })]
  const graph = traceStep([...first, ...extra], [...xs, ...numbers], (list, rows) => {
    const active = condition ? list[own + 1] : less(rows[xs.length], count.tensor)
    const only = (x: Batched) => onlyActive(active, x)
    const taken = xs.map((_, i) => ({ tensor: rows[i], isBatched: inputs.xs[i].isBatched }))
    const before = list.slice(0, own)
    const results = replayed(body, [...before.map(batched), ...taken, ...captured].map(only), size)
    const next = results.map((result, i) =>
      select(active, repeated(result, size), before[i] ?? zerosLike(repeated(result, size))),
    )
    if (!condition) return next
    const carries = next.slice(0, own)
    const steps = add(list[own], castTo(active, 'int32'))
    return [...carries, steps, and(active, goesOn(carries)), ...next.slice(own)]
  })
  const test =
    condition &&
    traceStep([...first, ...extra], [], (list) => [notEqual(sumAxes(castTo(list[own + 1], 'int32'), { axes: [0] }), 0)])
  const longest = inputs.count.map(({ tensor }) =>
    size === 0 ? zeros([], { dtype: 'int32' }) : maxAxes(tensor, { axes: [0] }),
  )
  return {
    count: longest,
    carries: [...first, ...extra],
    xs: [...xs, ...numbers],
    graphs: test ? [graph, test] : [graph],
    isBatched: returnedBy(body).map(() => true),
  }
}
