import {
  arange,
  checkValue,
  concat,
  expandDims,
  greater,
  type Kind,
  kinds,
  type Mismatch,
  moveAxis,
  scan,
  type Shape,
  ShapeError,
  stack,
  Tensor,
  where,
  zeros,
} from '@cotangent/core'
import { aRate, isFloat, orNull, tensorOf, tensorOfRank } from '../kinds'
import { type Mode, optionsWithMode } from '../mode'
import type { ShapeFunction, Text, WithLast } from '../shapes'
import { affine } from './affine'
import { Dropout } from './dropout'
import { lengthsOf } from './sequence-lengths'

// A recurrent layer is a cell, repeated along the sequence. What the three kinds of cells have in common is here.
// Inside, a state is the list of its tensors: [h], or [h, c].

/** What a sequence `[...batch, length, In]` becomes: `[...batch, length, Out]`. */
export type SequenceThrough<S, In extends number, Out extends number> = S extends readonly [] | readonly [any]
  ? Mismatch<`this layer takes a sequence [..., length, ${In}], the one before gives ${Text<S>}`>
  : WithLast<S, In, Out>

/** The shapes of a layer that maps sequences to sequences. */
export interface SequenceShapes<In extends number, Out extends number> extends ShapeFunction {
  readonly result: SequenceThrough<this['given'], In, Out>
}

/** The states of all layers and directions, for sequences of the shape S: `[layers · directions, ...batch, hidden]`. */
export type StateThrough<S, Hidden extends number> = S extends readonly [...infer Batch extends Shape, any, any]
  ? number extends S['length']
    ? number[]
    : [number, ...Batch, Hidden]
  : any

/** The weights of a recurrent cell; those of its gates stand one behind the other. */
export interface CellWeights {
  /** `[gates · hidden, in]`, for the input. */
  readonly weightIh: Tensor<any>
  /** `[gates · hidden, hidden]`, for the hidden state. */
  readonly weightHh: Tensor<any>
  /** `[gates · hidden]`, added to the product with the input. */
  readonly biasIh: Tensor<any> | null
  /** `[gates · hidden]`, added to the product with the hidden state. */
  readonly biasHh: Tensor<any> | null
}

/** A kind of cells. */
export interface CellKind<Cell extends CellWeights = any> {
  readonly name: string
  readonly gates: number
  /** What its state holds: h, or h and c. */
  readonly parts: readonly string[]
  /** Whether both biases are only added. Then they are added outside of the loop. */
  readonly addsBiases: boolean
  /**
   * The state after a step. `input` is x times the weights, plus the bias; `recurrent` is h times the weights, plus the
   * bias unless `addsBiases`.
   */
  advance(state: readonly Tensor[], input: Tensor, recurrent: Tensor, cell: Cell): readonly Tensor[]
}

/** Options of the method `run` of recurrent layers. */
export interface RunOptions<State> {
  /** The state before the first step. Default: zeros. */
  readonly state?: State | undefined
  /**
   * How many steps of each sequence count: an int32 tensor `[...batch]`. Behind them the results are 0, and the final
   * state is the one after the last step that counts. Default: all. A length out of range is an error, and gives NaN
   * in a trace.
   */
  readonly lengths?: Tensor<any> | undefined
  /** `training(key)` or `evaluating`; required if there is dropout. */
  readonly mode?: Mode | undefined
}

/** The options of `run`, which hold a mode if there is dropout. */
export type RunOptionsFor<State, Rate extends number> = [Rate] extends [0]
  ? [options?: RunOptions<State>]
  : [options: RunOptions<State> & { readonly mode: Mode }]

const isTensor = (value: unknown): boolean => value instanceof Tensor
const lengthsKind: Kind = {
  expected: 'an int32 tensor [...batch]',
  accepts: (value) => value instanceof Tensor && value.dtype === 'int32',
  remedy: "count the steps of each sequence: tensor([5, 3], { dtype: 'int32' })",
}

/** The kinds of the arguments of `run`, for states of some parts. */
/* @__NO_SIDE_EFFECTS__ */
export function runArguments(parts: readonly string[], needsMode: boolean): readonly Kind[] {
  const state = stateKind(parts)
  return [kinds.aTensor, optionsWithMode({ state, lengths: lengthsKind }, needsMode)]
}

/* @__NO_SIDE_EFFECTS__ */
export function stateKind(parts: readonly string[]): Kind {
  return parts.length === 1
    ? { expected: 'a state (a tensor h)', accepts: isTensor }
    : {
        expected: `a state [${parts.join(', ')}], tensors,`,
        accepts: (value) => Array.isArray(value) && value.length === parts.length && value.every(isTensor),
      }
}

/** A bias, or null. */
export const biasKind: Kind = /* @__PURE__ */ orNull(/* @__PURE__ */ tensorOfRank(1, '[out], a bias'))

/** The arguments of the constructors of recurrent layers. */
export const layersKind = [
  {
    expected: 'an array with an array of one or two cells for each layer',
    accepts: (value: unknown) =>
      Array.isArray(value) &&
      value.length > 0 &&
      value.every((cells) => Array.isArray(cells) && (cells.length === 1 || cells.length === 2)),
  },
  /* @__PURE__ */ kinds.optional(aRate),
]

/** Checks the weights of a cell, in its constructor. */
export function checkWeights(operation: string, { gates }: CellKind, weights: CellWeights): void {
  const { weightIh, weightHh, biasIh, biasHh } = weights
  const hidden = (weightHh.shape as Shape).at(-1)!
  const rows = gates * hidden
  checkValue(operation, tensorOf([rows, hidden]), weightHh, 'the weight of the hidden state')
  checkValue(operation, tensorOf([rows, (weightIh.shape as Shape).at(-1)!]), weightIh, 'the weight of the input')
  for (const bias of [biasIh, biasHh])
    if (bias !== null) checkValue(operation, tensorOf([rows]), bias, 'a bias, unless it is null,')
}

/** The sizes of a cell. */
export function sizesOf({ weightIh, weightHh }: CellWeights): { readonly inputs: number; readonly hidden: number } {
  return { inputs: weightIh.shape[1] as number, hidden: weightHh.shape[1] as number }
}

/** The product with the inputs, and what is added to that with the hidden state. */
function fromInputs(
  { addsBiases }: CellKind,
  { weightIh, biasIh, biasHh }: CellWeights,
  x: Tensor,
): [Tensor, Tensor | null] {
  if (!addsBiases || biasHh === null) return [affine(x, weightIh, biasIh), biasHh]
  return [affine(x, weightIh, biasIh === null ? biasHh : biasIh.add(biasHh)), null]
}

/** The state of a cell after one step. Checks the input and the state. */
export function stepOf(kind: CellKind, cell: CellWeights, state: readonly Tensor[], x: Tensor): readonly Tensor[] {
  const { inputs, hidden } = sizesOf(cell)
  checkLast(kind.name, x, inputs, 'x: float [...batch, ')
  const expected = [...(x.shape as Shape).slice(0, -1), hidden]
  for (const part of state)
    checkValue(kind.name, tensorOf(expected, x.dtype), part, `the state for x ${x.dtype}[${x.shape.join(', ')}]`)
  const [input, bias] = fromInputs(kind, cell, x)
  return kind.advance(state, input, affine(state[0], cell.weightHh, bias), cell)
}

function checkLast(operation: string, x: Tensor, inputs: number, form: string, rank = 1): void {
  const { shape, dtype } = x as Tensor<number[]>
  if (shape.length < rank || shape.at(-1) !== inputs || !isFloat(x))
    throw new ShapeError(
      'layer-input',
      `[${operation}] expected ${inputs} numbers along the last axis, ${form}${inputs}], got ${dtype}[${shape.join(', ')}]; ` +
        (dtype === 'int32' ? "convert them with astype('float32')" : "reshape the input, or change the layer's sizes"),
    )
}

/** Layers of cells: for each layer, a cell for each direction. */
export interface Stacked {
  readonly layers: readonly (readonly CellWeights[])[]
  readonly dropout: number
}

/** Checks the cells of recurrent layers, in their constructor. */
export function checkStacked(operation: string, { gates }: CellKind, layers: Stacked['layers'], cell: Kind): void {
  const first = layers[0]?.[0]
  checkValue(operation, cell, first, 'the first cell')
  const { hidden, inputs } = sizesOf(first)
  layers.forEach((cells, i) =>
    cells.forEach((each, direction) => {
      const place = `cell ${direction} of layer ${i}`
      checkValue(operation, cell, each, place)
      const own = i === 0 ? inputs : layers[i - 1].length * hidden
      checkValue(operation, tensorOf([gates * hidden, own]), each.weightIh, `the weight of the input of ${place}`)
      checkValue(
        operation,
        tensorOf([gates * hidden, hidden]),
        each.weightHh,
        `the weight of the hidden state of ${place}`,
      )
    }),
  )
}

/** What the methods of recurrent layers are called with behind x. */
export interface StackedCall {
  readonly state?: readonly Tensor[] | undefined
  readonly lengths?: Tensor | undefined
  readonly mode?: Mode | undefined
}

/** The results of the last layer for each step, and the final states: `[layers · directions, ...batch, hidden]`. */
export function runStacked(
  kind: CellKind,
  { layers, dropout }: Stacked,
  x: Tensor,
  { state, lengths: given, mode }: StackedCall,
): [results: Tensor, state: readonly Tensor[]] {
  const { inputs, hidden } = sizesOf(layers[0][0])
  checkLast(kind.name, x, inputs, 'x: float [...batch, length, ', 2)
  const batch = (x.shape as Shape).slice(0, -2)
  const count = layers.reduce((total, cells) => total + cells.length, 0)
  for (const part of state ?? []) {
    const expected = tensorOf([count, ...batch, hidden], x.dtype)
    checkValue(kind.name, expected, part, `option 'state' for x ${x.dtype}[${x.shape.join(', ')}]`)
  }
  const { lengths, isValid } = given
    ? lengthsOf(kind.name, given, batch, x.shape[x.rank - 2] as number)
    : { lengths: undefined, isValid: null }
  const empty: Tensor = zeros([...batch, hidden], { dtype: x.dtype })
  const known = (start: Tensor): Tensor => (isValid === null ? start : where(expandDims(isValid, -1), start, NaN))
  const finals: (readonly Tensor[])[] = []
  // The steps come first: [length, ...batch, features].
  let rows: Tensor = moveAxis(x, -2, 0)
  layers.forEach((cells, i) => {
    if (i > 0 && mode && dropout > 0) rows = new Dropout(dropout).forward(rows, mode.fold(i - 1))
    const directions = cells.map((cell, direction) => {
      const start = kind.parts.map((_, part): Tensor => known(state ? state[part].at(finals.length) : empty))
      const [final, results] = along(kind, cell, { start, rows, lengths, reverse: direction === 1 })
      finals.push(final)
      return results
    })
    rows = directions.length === 1 ? directions[0] : concat(directions, { axis: -1 })
  })
  return [moveAxis(rows, 0, -2), kind.parts.map((_, part) => stack(finals.map((final) => final[part])))]
}

interface Sequence {
  readonly start: readonly Tensor[]
  readonly rows: Tensor
  readonly lengths: Tensor | undefined
  readonly reverse: boolean
}

/** One cell along a sequence, in one direction. */
function along(
  kind: CellKind,
  cell: CellWeights,
  { start, rows, lengths, reverse }: Sequence,
): [final: readonly Tensor[], results: Tensor] {
  // The products with the inputs do not depend on the state: one product serves all steps.
  const [inputs, bias] = fromInputs(kind, cell, rows)
  const next = (state: readonly Tensor[], input: Tensor): readonly Tensor[] =>
    kind.advance(state, input, affine(state[0], cell.weightHh, bias), cell)
  if (lengths === undefined) {
    const step = (state: readonly Tensor[], input: Tensor) => {
      const after = next(state, input)
      return [after, after[0]] as const
    }
    return scan(step as any, start, inputs, { reverse }) as [readonly Tensor[], Tensor]
  }
  const step = (state: readonly Tensor[], { input, t }: { input: Tensor; t: Tensor }) => {
    const isBefore: Tensor = greater(lengths, t)
    const counts: Tensor = expandDims(isBefore, -1)
    const after = next(state, input).map((part, i): Tensor => where(counts, part, state[i]))
    return [after, where(counts, after[0], 0)] as const
  }
  return scan(step as any, start, { input: inputs, t: arange(rows.shape[0] as number) }, { reverse }) as any
}
