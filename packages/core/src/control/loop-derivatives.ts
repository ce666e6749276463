import { GradientError } from '../errors'
import { pack, type Parts, unpack } from '../autodiff/packing'
import { throughStep } from '../autodiff/paths'
import { pullBackMasked, pushForwardMasked } from '../autodiff/sweeps'
import { record } from '../autodiff/tape'
import type { Graph } from '../graph/graph'
import { traceLeaves } from '../graph/trace'
import { applyAll } from '../recording/apply'
import type { Application } from '../recording/law'
import type { Contribution } from '../recording/mask'
import type { Op, TensorType } from '../recording/op'
import { placesInList } from '../trees/places'
import type { Tensor } from '../values/tensor'
import { call, inputsOf, type Loop, outputsOf, plain, returnedBy, rowOf } from './loop-form'
import { converted, joinParts, total } from './parts'
import { evaluateFrom } from './residuals'

/** What one step of a derived loop computes. */
interface Step {
  readonly carries: readonly Tensor[]
  /** The derivatives that go to the next step. */
  readonly derivatives: readonly Contribution[]
  /** The derivatives that are stacked. */
  readonly rows: readonly Contribution[]
  /** The values that `known` has a row of. */
  readonly computed?: readonly Tensor[]
}

/** A loop that carries derivatives from step to step. */
interface Derived extends Pick<Loop, 'length' | 'reverse'> {
  readonly op: Op<Loop>
  readonly count: readonly Tensor[]
  readonly carries: readonly Tensor[]
  readonly xs: readonly Tensor[]
  /** The derivatives before the first step, and tensors of the types of their primals. */
  readonly derivatives: readonly Contribution[]
  readonly primals: readonly Tensor[]
  /** Stacked derivatives, of which each step gets a row. */
  readonly rows: readonly Contribution[]
  /** Stacked values, of which each step need not compute its own. */
  readonly known?: readonly Tensor[]
  step(
    carries: readonly Tensor[],
    xs: readonly Tensor[],
    derivatives: readonly Contribution[],
    rows: readonly Contribution[],
  ): Step
  /** The condition on the carries, of which the first are those of the loop. */
  readonly condition?: ((carries: readonly Tensor[]) => readonly Tensor[]) | undefined
}

/**
 * Runs a loop whose steps pass derivatives on. Which parts these have is a fixed point: the parts before the first step
 * and those after any step, joined.
 */
function runDerived(given: Derived): Pick<Step, 'derivatives' | 'rows'> {
  const { op, length, reverse, count, carries, xs, step, condition, primals, known = [] } = given
  const rows = pack(given.rows)
  let parts = pack(given.derivatives).parts
  let stacked: readonly Parts[] = []
  for (;;) {
    const first = given.derivatives.flatMap((each, i) => converted(each, parts[i], primals[i]))
    const initial = [...carries, ...first]
    const all = [...initial, ...[...xs, ...rows.tensors].map(rowOf)]
    let after = parts
    const complete = traceLeaves(
      all,
      placesInList(all.length),
      (list) => {
        const own = list.slice(0, carries.length)
        const between = list.slice(carries.length, initial.length)
        const taken = list.slice(initial.length)
        const result = throughStep(
          () => 'body',
          () =>
            step(own, taken.slice(0, xs.length), unpack(parts, between), unpack(rows.parts, taken.slice(xs.length))),
        )
        after = pack(result.derivatives).parts.map((each, i) => joinParts(parts[i], each))
        const out = pack(result.rows)
        stacked = out.parts
        const next = result.derivatives.flatMap((each, i) => converted(each, after[i], primals[i]))
        return [...result.carries, ...next, ...out.tensors, ...(result.computed ?? [])]
      },
      op.name,
    )
    if (after.every((each, i) => each === parts[i])) {
      const graph = known.length === 0 ? complete : shortened(complete, all, known)
      const test = condition && traceLeaves(initial, placesInList(initial.length), condition)
      const graphs: Loop['graphs'] = test ? [graph, test] : [graph]
      const captured = graphs.flatMap(({ constants }: Graph) => [...constants.values()])
      const form = {
        ...{
          ...plain,
          length,
          reverse,
          graphs,
          carries: initial.length,
          xs: xs.length + rows.tensors.length + known.length,
        },
        counted: count.length > 0,
      }
      const results = outputsOf(
        applyAll<Loop>(op, [...count, ...initial, ...xs, ...rows.tensors, ...known, ...captured], form),
        form,
      )
      return {
        derivatives: unpack(parts, results.carries.slice(carries.length)),
        rows: unpack(stacked, results.ys),
      }
    }
    parts = after
  }
}

/** The graph with the values that it returns last as further inputs, which are rows of `known`. */
function shortened(graph: Graph, inputs: readonly TensorType[], known: readonly Tensor[]): Graph {
  const types = [...inputs, ...known.map(rowOf)]
  const count = returnedBy(graph).length - known.length
  return traceLeaves(types, placesInList(types.length), (list) =>
    evaluateFrom(graph, list.slice(0, inputs.length), count, list.slice(inputs.length)),
  )
}

/** Forward mode: a loop that carries the tangents beside the carries. */
export function pushForwardLoop(
  op: Op<Loop>,
  tangents: readonly Contribution[],
  { inputs: list, outputs: results, attributes }: Application<Loop>,
): readonly Contribution[] {
  const { graphs, keepsCarries } = attributes
  const [body, condition] = graphs
  const inputs = inputsOf(list, attributes)
  const given = inputsOf(tangents, attributes)
  const { steps } = outputsOf(results, attributes)
  const { derivatives, rows } = runDerived({
    ...{ op, length: attributes.length, reverse: attributes.reverse },
    ...{ count: inputs.count, carries: inputs.carries, xs: inputs.xs },
    derivatives: given.carries,
    primals: inputs.carries,
    rows: given.xs,
    step(carries, xs, between, taken) {
      const { result, tape } = record(
        op.name,
        [...carries, ...xs, ...inputs.captured],
        (aliases) => call(body, aliases),
        () => namesOf(attributes, inputs.captured.length),
        'forward',
      )
      const pushed = pushForwardMasked(tape, result, [...between, ...taken, ...given.captured])
      const next = pushed.slice(0, attributes.carries)
      return {
        carries: result.slice(0, attributes.carries),
        derivatives: next,
        rows: [...pushed.slice(attributes.carries), ...(keepsCarries ? between : [])],
      }
    },
    condition:
      condition && ((list) => call(condition, [...list.slice(0, attributes.carries), ...inputs.conditionCaptured])),
  })
  return [...derivatives, ...steps.map(() => null), ...rows]
}

/**
 * Reverse mode: a loop in the other direction. It carries the cotangents of the carries, and sums those of the captured
 * tensors, last step first. Each step computes the values of its step again, from the carries that the loop kept.
 *
 * @throws GradientError for a loop without a bound on its steps: what it would have to keep has no size.
 */
export function pullBackLoop(
  op: Op<Loop>,
  cotangents: readonly Contribution[],
  { inputs: list, outputs: results, attributes }: Application<Loop>,
  needed: readonly boolean[],
): readonly Contribution[] {
  const { graphs, length, reverse, carries: count } = attributes
  const wanted = inputsOf(needed, attributes)
  // Only what the condition captured: the number of steps has no derivative.
  if (![...wanted.carries, ...wanted.xs, ...wanted.captured].includes(true)) return list.map(() => null)
  if (length === null)
    throw new GradientError(
      'unbounded-loop',
      `[${op.name}] reverse mode has to keep the carries of each step, and nothing bounds the number of steps; ` +
        'give the option maxSteps, or use forward mode (jvp)',
    )
  const [body] = graphs
  const inputs = inputsOf(list, attributes)
  const kept = attributes.keepsCarries ? results : applyAll(op, list, { ...attributes, keepsCarries: true })
  const { stacks, steps, ys } = outputsOf(kept, attributes)
  const ofUser = ys.length - attributes.residuals
  const given = outputsOf(cotangents, attributes)
  const own = inputs.captured
  const { derivatives, rows } = runDerived({
    op,
    length,
    reverse: !reverse,
    count: steps.length > 0 ? steps : inputs.count,
    carries: [],
    xs: [...stacks, ...inputs.xs],
    derivatives: [...given.carries, ...own.map(() => null)],
    primals: [...inputs.carries, ...own],
    rows: [...given.ys, ...given.stacks],
    known: ys.slice(ofUser),
    step(_, primals, between, taken) {
      const { result, tape } = record(
        op.name,
        [...primals, ...own],
        (aliases) => call(body, aliases),
        () => namesOf(attributes, own.length),
      )
      const ofYs = taken.slice(0, given.ys.length)
      const pulled = pullBackMasked(tape, result, [...between.slice(0, count), ...ofYs])
      const captured = pulled.slice(primals.length)
      const ofStacks = taken.slice(given.ys.length)
      return {
        carries: [],
        derivatives: [
          ...pulled.slice(0, count).map((each, i) => total(each, ofStacks[i] ?? null)),
          ...captured.map((each, i) => (wanted.captured[i] ? total(between[count + i], each) : null)),
        ],
        rows: pulled.slice(count, primals.length).map((each, i) => (wanted.xs[i] ? each : null)),
        computed: result.slice(count + ofUser),
      }
    },
  })
  return [
    ...inputs.count.map(() => null),
    ...derivatives.slice(0, count),
    ...rows,
    ...derivatives.slice(count),
    ...inputs.conditionCaptured.map(() => null),
  ]
}

/** The names of what a step depends on, for messages. */
function namesOf({ carries, xs }: Loop, captured: number): readonly string[] {
  const named = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name} ${i}`)
  return [...named('carry', carries), ...named('x', xs), ...named('captured tensor', captured)]
}
