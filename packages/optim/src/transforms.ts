import {
  add,
  full,
  greater,
  mapTree,
  maximum,
  minimum,
  mul,
  ones,
  type Path,
  sqrt,
  square,
  sum,
  type Tensor,
  treeLeaves,
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

/** Only leaves of floating point are updated; others pass through unchanged. */
export function isTrainable(leaf: Tensor): boolean {
  return leaf.dtype === 'float32' || leaf.dtype === 'float64'
}

function stateless(update: <T>(gradients: T, model: T) => T): GradientTransform<null> {
  return { init: () => null, update: (gradients, _, model) => [update(gradients, model), null] }
}

/** Applies `f` to the floating-point leaves. */
function mapFloats<T, const Rest extends readonly unknown[]>(
  f: (leaf: Tensor, path: Path, ...others: { [K in keyof Rest]: Tensor }) => Tensor,
  root: T,
  ...rest: Rest
): T {
  return mapTree<T, Rest>(
    (leaf, path, ...others) => (isTrainable(leaf) ? f(leaf, path, ...others) : leaf),
    root,
    ...rest,
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
  return stateless((gradients, model) =>
    mapFloats((g, path, parameter) => (select(parameter, path) ? g : zerosLike(g)), gradients, model),
  )
}

/** `g ← max(-limit, min(limit, g))`, entry by entry. @throws ValueError unless `limit` is positive. */
export function clipByValue(limit: number): GradientTransform<null> {
  needPositive('clipByValue', 'limit', limit)
  return stateless((gradients) => mapFloats((g) => maximum(minimum(g, limit), -limit), gradients))
}

/**
 * `g ← g · min(1, limit / ‖g‖)`, with the norm over all leaves together: the direction stays (Pascanu et al. 2013,
 * algorithm 1). @throws ValueError unless `limit` is positive.
 */
export function clipByGlobalNorm(limit: number): GradientTransform<null> {
  needPositive('clipByGlobalNorm', 'limit', limit)
  return stateless((gradients) => {
    const norm = globalNorm(gradients)
    // Selected rather than multiplied by 1, so that gradients within the limit keep every bit.
    return mapFloats((g) => {
      const own = norm.astype(g.dtype)
      return where(greater(own, limit), mul(g, full([], limit, { dtype: g.dtype }).div(own)), g)
    }, gradients)
  })
}

/** `√Σ g²` over all floating-point leaves of a tree, in float64. */
export function globalNorm(gradients: unknown): Tensor<[]> {
  const squares = treeLeaves(gradients)
    .filter(isTrainable)
    .map((g) => sum(square(g.astype('float64'))))
  return sqrt(squares.reduce((a, b) => add(a, b), zeros([], { dtype: 'float64' })))
}

/** `g ← g + rate · θ`: the gradient of an L2 penalty `(rate / 2) Σ θ²`. @throws ValueError unless `rate >= 0`. */
export function addWeightDecay(
  rate: number,
  select: (leaf: Tensor, path: Path) => boolean = () => true,
): GradientTransform<null> {
  needNonNegative('addWeightDecay', 'rate', rate)
  return stateless((gradients, model) =>
    mapFloats((g, path, parameter) => (select(parameter, path) ? g.add(parameter.mul(rate)) : g), gradients, model),
  )
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
    init: (model) => mapTree(zerosLike, model),
    update(gradients, velocity) {
      const next = mapFloats((g, _, v) => v.mul(momentum).add(g), gradients, velocity)
      const updates = nesterov ? mapFloats((g, _, v) => g.add(v.mul(momentum)), gradients, next) : next
      return [updates, next]
    },
  }
}

/** `g ← η g` with a fixed rate, or with the rate of a schedule at the step counted from 0. */
export function scaleByLearningRate(learningRate: number | Schedule): GradientTransform {
  if (typeof learningRate !== 'function') {
    needNonNegative('scaleByLearningRate', 'learningRate', learningRate)
    return stateless((gradients) => mapFloats((g) => g.mul(learningRate), gradients))
  }
  return {
    init: () => zeros([], { dtype: 'int32' }),
    update(gradients, step: Tensor<[]>) {
      const rate = learningRate(step)
      const scaled = mapFloats((g) => g.mul(rate.astype(g.dtype)), gradients)
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
