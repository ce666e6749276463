import {
  abs,
  add,
  div,
  flatten,
  formatPath,
  full,
  GradientError,
  greater,
  less,
  mapTree,
  max,
  maximum,
  minimum,
  mul,
  ones,
  type Path,
  sqrt,
  square,
  stopGradient,
  sum,
  type Tensor,
  ValueError,
  where,
  zeros,
  zerosLike,
} from '@cotangent/core'
import type { Schedule } from './schedules'

/**
 * One step on the way from gradients to updates. `init` makes its state for a model; `update` takes gradients (or what an
 * earlier transform made of them) and returns what to subtract from the parameters, with the next state. Pure: state goes
 * in and comes out. Optimizers are chains of these.
 */
export interface GradientTransform<State = any> {
  init(model: unknown): State
  update<T>(gradients: T, state: State, model: T): [updates: T, state: State]
}

function stateless(update: <T>(gradients: T, model: T) => T): GradientTransform<null> {
  return { init: () => null, update: (gradients, _, model) => [update(gradients, model), null] }
}

const typeOf = ({ dtype, shape }: Tensor) => `${dtype}[${shape.join(', ')}]`

/**
 * A tree like the model, with `f` of each floating-point parameter and of what stands in its place in further trees; other
 * leaves stay as they are.
 *
 * The model leads, because only it tells which leaves are one: gradients of two parameters may be the same tensor by chance.
 *
 * @throws ValueError where a further tree lacks a leaf, or differs at two places where the model has one tensor; GradientError where
 * one has another type than the parameter.
 */
export function mapParameters<T, const Rest extends readonly unknown[]>(
  f: (parameter: Tensor, path: Path, ...others: { [K in keyof Rest]: Tensor }) => Tensor,
  model: T,
  ...rest: Rest
): T {
  return mapTree<T, Rest>(
    (parameter, path, ...others) => {
      if (parameter.dtype !== 'float32' && parameter.dtype !== 'float64') return parameter
      for (const other of others) checkType(parameter, path, other)
      return f(parameter, path, ...others)
    },
    model,
    ...rest,
  )
}

/** The floating-point parameters that a predicate selects, wherever they stand. */
function selection(model: unknown, select: (leaf: Tensor, path: Path) => boolean): ReadonlySet<Tensor> {
  const flat = flatten(model)
  const kept = flat.select((leaf, path) => leaf.dtype.startsWith('float') && select(leaf, path))
  return new Set(flat.leaves.filter((_, i) => kept[i]))
}

function checkType(parameter: Tensor, path: Path, other: Tensor): void {
  if (typeOf(other) !== typeOf(parameter))
    throw new GradientError(
      'update-type',
      `[optimizer] at ${formatPath(path)} the parameter is ${typeOf(parameter)}, but its gradient or state is ${typeOf(other)}; ` +
        'give the gradients of this model, and the state that init made for it',
    )
}

/** The transforms one after another. */
export function chain(...transforms: readonly GradientTransform[]): GradientTransform<readonly unknown[]> {
  return {
    init: (model) => transforms.map((transform) => transform.init(model) as unknown),
    update(gradients, state, model) {
      let updates = gradients
      const next = transforms.map((transform, i) => {
        const [result, after] = transform.update(updates, state[i], model)
        updates = result
        return after as unknown
      })
      return [updates, next]
    },
  }
}

/** Gradients of the leaves that `select` leaves out become 0. */
export function onlyWhere(select: (leaf: Tensor, path: Path) => boolean): GradientTransform<null> {
  return stateless((gradients, model) => {
    const selected = selection(model, select)
    return mapParameters((parameter, _, g) => (selected.has(parameter) ? g : zerosLike(g)), model, gradients)
  })
}

/** `g ← max(-limit, min(limit, g))`, entry by entry. @throws ValueError unless `limit` is positive. */
export function clipByValue(limit: number): GradientTransform<null> {
  needPositive('clipByValue', 'limit', limit)
  return stateless((gradients, model) =>
    mapParameters((_, __, g) => maximum(minimum(g, limit), -limit), model, gradients),
  )
}

/**
 * `g ← g · min(1, limit / ‖g‖)`, with the norm over all leaves together: the direction stays (Pascanu et al. 2013,
 * algorithm 1). @throws ValueError unless `limit` is positive.
 */
export function clipByGlobalNorm(limit: number): GradientTransform<null> {
  needPositive('clipByGlobalNorm', 'limit', limit)
  return stateless((gradients, model) => {
    const { total, scale } = scaledSquares(gradients, model)
    const exceeds = greater(sqrt(total), mul(scale, limit))
    // Where the norm does not exceed the limit, it is not used: its root would have an infinite derivative at 0.
    const factor = div(full([], limit, { dtype: 'float64' }), sqrt(where(exceeds, total, 1)))
    // Selected rather than multiplied by 1, so that gradients within the limit keep every bit.
    const clipped = (_: Tensor, __: Path, g: Tensor): Tensor =>
      where(exceeds, mul(mul(g.astype('float64'), scale), factor).astype(g.dtype), g)
    return mapParameters(clipped, model, gradients)
  })
}

/** `√Σ g²` over all floating-point leaves, in float64: one g for each distinct leaf of the model, where there is one. */
export function globalNorm(gradients: unknown, model: unknown = gradients): Tensor<[]> {
  const { total, scale } = scaledSquares(gradients, model)
  return div(sqrt(total), scale)
}

/**
 * `Σ (s g)²` in float64 with a power of two s that keeps squares in range: 1, unless a float64 gradient is so large that its
 * square would overflow, or all are so small that their squares would vanish.
 */
function scaledSquares(gradients: unknown, model: unknown): { total: Tensor<[]>; scale: Tensor<[]> } {
  const leaves: Tensor[] = []
  const collect = (_: Tensor, __: Path, g: Tensor) => {
    leaves.push(g)
    return g
  }
  mapParameters(collect, model, gradients)
  const one = ones([], { dtype: 'float64' })
  const wide = leaves.map((g) => g.astype('float64'))
  // Squares of float32 numbers are in range in float64.
  const canLeave = leaves.some((g) => g.dtype === 'float64')
  const scale = canLeave ? scaleOf(wide.filter((g) => g.size > 0)) : one
  const squares = wide.map((g) => sum(square(canLeave ? mul(g, scale) : g)))
  return { total: squares.reduce((a, b) => add(a, b), zeros([], { dtype: 'float64' })), scale }
}

function scaleOf(leaves: readonly Tensor[]): Tensor<[]> {
  const largest = leaves
    .map((g) => max(abs(stopGradient(g))))
    .reduce((a, b) => maximum(a, b), zeros([], { dtype: 'float64' }))
  const small = where(less(largest, 2 ** -400), full([], 2 ** 600, { dtype: 'float64' }), 1)
  return where(greater(largest, 2 ** 500), full([], 2 ** -600, { dtype: 'float64' }), small)
}

/** `g ← g + rate · θ`: the gradient of an L2 penalty `(rate / 2) Σ θ²`. @throws ValueError unless `rate >= 0`. */
export function addWeightDecay(
  rate: number,
  select: (leaf: Tensor, path: Path) => boolean = () => true,
): GradientTransform<null> {
  needNonNegative('addWeightDecay', 'rate', rate)
  return stateless((gradients, model) => {
    const selected = selection(model, select)
    const decayed = (parameter: Tensor, _: Path, g: Tensor): Tensor =>
      selected.has(parameter) ? g.add(parameter.mul(rate)) : g
    return mapParameters(decayed, model, gradients)
  })
}

/**
 * Momentum: `v ← μ v + g`, giving v, or with Nesterov's look-ahead `g + μ v` (Sutskever et al. 2013, section 2). v starts at 0.
 *
 * @throws ValueError unless `0 <= μ < 1`.
 */
export function addMomentum(momentum: number, { nesterov = false }: { nesterov?: boolean } = {}): GradientTransform {
  if (!(momentum >= 0 && momentum < 1))
    throw new ValueError('momentum', `[addMomentum] momentum is from 0 up to but excluding 1, got ${momentum}`)
  return {
    init: (model) => mapTree((parameter) => zerosLike(parameter), model),
    update(gradients, velocity, model) {
      const next = mapParameters((_, __, g, v) => v.mul(momentum).add(g), model, gradients, velocity)
      const updates = nesterov ? mapParameters((_, __, g, v) => g.add(v.mul(momentum)), model, gradients, next) : next
      return [updates, next]
    },
  }
}

/** `g ← η g` with a fixed rate, or with the rate of a schedule at the step counted from 0. */
export function scaleByLearningRate(learningRate: number | Schedule): GradientTransform {
  if (typeof learningRate !== 'function') {
    needNonNegative('scaleByLearningRate', 'learningRate', learningRate)
    return stateless((gradients, model) => mapParameters((_, __, g) => g.mul(learningRate), model, gradients))
  }
  return {
    init: () => zeros([], { dtype: 'int32' }),
    update(gradients, step: Tensor<[]>, model) {
      const rate = learningRate(step)
      const scaled = mapParameters((_, __, g) => g.mul(rate.astype(g.dtype)), model, gradients)
      return [scaled, step.add(ones([], { dtype: 'int32' }))]
    },
  }
}

function needPositive(operation: string, name: string, value: number): void {
  if (!(value > 0 && Number.isFinite(value)))
    throw new ValueError('optimizer-option', `[${operation}] ${name} must be positive and finite, got ${value}`)
}

function needNonNegative(operation: string, name: string, value: number): void {
  if (!(value >= 0 && Number.isFinite(value)))
    throw new ValueError('optimizer-option', `[${operation}] ${name} must be finite and not negative, got ${value}`)
}
