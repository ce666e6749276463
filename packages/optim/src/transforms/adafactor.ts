import {
  checkArguments,
  div,
  kinds,
  mapTree,
  maximum,
  mean,
  mul,
  pow,
  runAs,
  square,
  sqrt,
  type Tensor,
  zeros,
} from '@cotangent/core'
import { aCounter, aTreeState, stateWith, evaluated } from '../kinds'
import { mapBeside, mapParameters } from '../parameters'
import { counted, newCounter } from './scalars'
import { type GradientTransform, stateless, transform } from './transform'

/** The state of `scaleByFactoredRms`: averages of squared gradients, in trees of the model's structure. */
export interface ScaleByFactoredRmsState {
  /** The number of completed updates. */
  readonly step: Tensor<[]>
  /** For each row of a matrix. */
  readonly rows: unknown
  /** For each column of a matrix. */
  readonly columns: unknown
  /** For each entry of a vector. */
  readonly entries: unknown
}

const factoredState = /* @__PURE__ */ stateWith({
  step: aCounter,
  rows: aTreeState,
  columns: aTreeState,
  entries: aTreeState,
})
const factoredParameters = /* @__PURE__ */ evaluated(() => [
  /* @__PURE__ */ kinds.options({ decay: kinds.nonNegativeNumber, epsilon: kinds.positiveNumber }),
])

// There is no mean of nothing.
const isFactored = ({ rank, size }: Tensor) => rank > 1 && size > 0

/** The distance from 1 to the next number of a dtype. */
const spacingOf = ({ dtype }: Tensor) => (dtype === 'float64' ? 2 ** -52 : 2 ** -23)

/**
 * `g ← g / √v` with a v of few numbers: for matrices `v = r cᵀ / mean(r)`, where r and c are moving averages of the
 * means of g² along the last two axes; for other tensors the moving average of g² itself. The weight of the new value
 * is `t^-decay`, with `decay` by default 0.8 (Shazeer & Stern 2018, algorithms 4 and 5). As in PyTorch, v is at least
 * ε², with `epsilon` by default the spacing of the dtype at 1.
 *
 * @throws ValueError for options out of range.
 */
export function scaleByFactoredRms(options?: {
  readonly decay?: number
  readonly epsilon?: number
}): GradientTransform<ScaleByFactoredRmsState> {
  checkArguments('scaleByFactoredRms', factoredParameters, arguments)
  const { decay = 0.8, epsilon } = options ?? {}
  const least = (x: Tensor) => epsilon ?? spacingOf(x)
  return transform<ScaleByFactoredRmsState>(
    'scaleByFactoredRms',
    factoredState,
    (model, operation) => {
      const zerosOf = (shapeOf: (leaf: Tensor) => readonly number[]) =>
        runAs(operation, () => mapTree((leaf) => zeros(shapeOf(leaf), { dtype: leaf.dtype }), model), [model])
      return {
        step: newCounter(),
        rows: zerosOf((leaf) => (isFactored(leaf) ? [...leaf.shape.slice(0, -1), 1] : [0])),
        columns: zerosOf((leaf) => (isFactored(leaf) ? [...leaf.shape.slice(0, -2), 1, leaf.shape.at(-1)!] : [0])),
        entries: zerosOf((leaf) => (isFactored(leaf) ? [0] : leaf.shape)),
      }
    },
    (gradients, state, model, operation) => {
      const step = counted(state.step)
      const weight = pow(step.astype('float64'), -decay)
      const towards = (old: Tensor, value: Tensor): Tensor => old.add(value.sub(old).mul(weight.astype(old.dtype)))
      const next = (tree: unknown, takes: (leaf: Tensor) => boolean, value: (g: Tensor) => Tensor) =>
        mapBeside(operation, (p, _, g, old) => (takes(p) ? towards(old, value(g)) : old), model, [gradients, tree])
      const rows = next(state.rows, isFactored, (g) => mean(square(g), { axis: -1, keepDims: true }))
      const columns = next(state.columns, isFactored, (g) => mean(square(g), { axis: -2, keepDims: true }))
      const entries = next(state.entries, (leaf) => !isFactored(leaf), square)
      const scaled = (parameter: Tensor, _: unknown, g: Tensor, r: Tensor, c: Tensor, v: Tensor): Tensor => {
        const average = () => maximum(mean(r, { axis: -2, keepDims: true }), least(g))
        const squares = isFactored(parameter) ? div(mul(r, c), average()) : v
        return g.div(sqrt(maximum(squares, least(g) ** 2)))
      }
      const updates = mapBeside(operation, scaled, model, [gradients, rows, columns, entries])
      return [updates, { step, rows, columns, entries }]
    },
  )
}

/** The root of the mean of the squares, in float64. */
const rootMeanSquare = (x: Tensor) => sqrt(mean(square(x.astype('float64'))))

/**
 * `g ← g / max(1, rms(g) / limit)` for each leaf, with rms the root of the mean of the squares (Shazeer & Stern 2018,
 * section 6).
 *
 * @throws ValueError unless `limit` is positive.
 */
export function clipByRms(limit: number): GradientTransform<null> {
  checkArguments('clipByRms', [kinds.positiveNumber], arguments)
  const clipped = (_: Tensor, __: unknown, g: Tensor): Tensor =>
    g.size === 0 ? g : g.div(maximum(rootMeanSquare(g).div(limit), 1).astype(g.dtype))
  return stateless('clipByRms', (gradients, model) => mapParameters(clipped, model, gradients))
}

/**
 * `g ← g · max(least, rms(θ))` for each leaf, with `least` by default 0.001: steps relative to the size of a parameter
 * (Shazeer & Stern 2018, section 8).
 *
 * @throws ValueError unless `least` is positive.
 */
export function scaleByParameterRms(least: number = 1e-3): GradientTransform<null> {
  checkArguments('scaleByParameterRms', [/* @__PURE__ */ kinds.optional(kinds.positiveNumber)], arguments)
  const scaled = (parameter: Tensor, _: unknown, g: Tensor): Tensor =>
    g.size === 0 ? g : g.mul(maximum(rootMeanSquare(parameter), least).astype(g.dtype))
  return stateless('scaleByParameterRms', (gradients, model) => mapParameters(scaled, model, gradients))
}
