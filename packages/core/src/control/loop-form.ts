import type { Graph } from '../graph/graph'
import type { Feed, OwnedGraph, TensorType } from '../recording/op'
import type { LoopForm } from '../recording/region-form'
import type { Tensor } from '../values/tensor'

/** The attributes of a loop. */
export interface Loop extends Omit<LoopForm, 'kind' | 'results'> {
  readonly graphs: readonly [body: Graph] | readonly [body: Graph, condition: Graph]
  /** How many of the ys, the last ones, are values of the step that the reverse rule reads. */
  readonly residuals: number
}

/** What a loop has beside its graphs, where its number of steps is no input and reverse mode does not follow it. */
export const plain = { counted: false, keepsCarries: false, residuals: 0 } as const

/** One entry for each input of a loop, by what it is for. */
export interface Inputs<T> {
  /** The number of steps, if it is an input. */
  readonly count: readonly T[]
  readonly carries: readonly T[]
  readonly xs: readonly T[]
  readonly captured: readonly T[]
  readonly conditionCaptured: readonly T[]
}

/** One entry for each output of a loop, by what it is for. */
export interface Outputs<T> {
  readonly carries: readonly T[]
  /** The number of steps, if a condition decides it. */
  readonly steps: readonly T[]
  readonly ys: readonly T[]
  readonly stacks: readonly T[]
}

/** Cuts a list into parts of the given lengths; the rest is the last part. */
function cut<T>(list: readonly T[], ...lengths: readonly number[]): readonly (readonly T[])[] {
  let at = 0
  return [...lengths.map((length) => list.slice(at, (at += length))), list.slice(at)]
}

/** Sorts the inputs of a loop. */
export function inputsOf<T>(list: readonly T[], { graphs: [body], counted, carries, xs }: Loop): Inputs<T> {
  const captured = body.inputs.length + body.constants.size - carries - xs
  const [count, first, rows, ofBody, ofCondition] = cut(list, Number(counted), carries, xs, captured)
  return { count, carries: first, xs: rows, captured: ofBody, conditionCaptured: ofCondition }
}

/** Sorts the outputs of a loop. */
export function outputsOf<T>(list: readonly T[], { graphs: [body, condition], carries }: Loop): Outputs<T> {
  const [last, steps, ys, stacks] = cut(
    list,
    carries,
    condition === undefined ? 0 : 1,
    returnedBy(body).length - carries,
  )
  return { carries: last, steps, ys, stacks }
}

/** For each tensor of the list that a body returns, its position among the outputs of the graph. */
export function placesOf(body: Graph): readonly number[] {
  return body.rebuild(body.outputs.map((_, at) => at)) as readonly number[]
}

/** For each tensor of the list that a body returns, its position among the values of the graph. */
export function returnedBy(body: Graph): readonly number[] {
  return body.rebuild(body.outputs) as readonly number[]
}

/** The list of tensors that a body returns, for other inputs. They include what it captured. */
export function call(body: Graph, inputs: readonly Tensor[]): readonly Tensor[] {
  const own = body.inputs.length
  return body.rebuild(body.evaluate(inputs.slice(0, own), inputs.slice(own))) as readonly Tensor[]
}

/** What the graphs of a loop are for. */
export function ownedBy(attributes: Loop): readonly OwnedGraph[] {
  const { graphs: [body, condition], counted, carries, xs, length: runs, keepsCarries } = attributes // prettier-ignore
  const first = Number(counted)
  const kindAt = (at: number): Feed['kind'] => (at < carries ? 'carry' : at < carries + xs ? 'row' : 'operand')
  const inputCount = body.inputs.length + body.constants.size
  const values = returnedBy(body)
  const steps = condition === undefined ? [] : condition.outputs
  const stacks = keepsCarries ? body.inputs.slice(0, carries) : []
  const results = [...values.slice(0, carries), ...steps.map(() => null), ...values.slice(carries), ...stacks]
  const owned = {
    role: 'body',
    feeds: Array.from({ length: inputCount }, (_, at) => ({ kind: kindAt(at), input: first + at })),
    ...{ results, runs },
  }
  if (condition === undefined) return [owned]
  const captured = Array.from({ length: condition.inputs.length + condition.constants.size - carries }, (_, at) => ({
    kind: 'operand' as const,
    input: first + inputCount + at,
  }))
  const feeds = [...owned.feeds.slice(0, carries), ...captured]
  return [owned, { role: 'condition', feeds, results: results.map((_, i) => (i === carries ? steps[0] : null)), runs }]
}

/** The rows of a stack have this type. */
export function rowOf({ shape, dtype }: TensorType): TensorType {
  return { shape: shape.slice(1), dtype }
}

/** The type of a stack of `length` rows. */
export function stackOf({ shape, dtype }: TensorType, length: number): TensorType {
  return { shape: [length, ...shape], dtype }
}
