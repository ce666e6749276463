import {
  checkArguments,
  checkValue,
  full,
  type Kind,
  kinds,
  readable,
  tensor,
  type Tensor,
  TraceError,
  treeLeaves,
  valueAndGrad,
  ValueError,
  zeros,
} from '@cotangent/core'
import { aCounter, aModel, aRateTensor, aScalar, aTreeState, stateWith, evaluated } from '../kinds'
import { type Point, strongWolfe } from './line-search'
import { dot, largest, plus, times, vectorOf, withVector } from './vectors'

/** The state of L-BFGS: float64 tensors, and two counters. Vectors hold all parameters one after another. */
export interface LbfgsState {
  readonly iterations: Tensor<[]>
  readonly evaluations: Tensor<[]>
  /** The loss of the model. */
  readonly loss: Tensor<[]>
  /** The last gradient, direction and step. */
  readonly gradient: Tensor
  readonly direction: Tensor
  readonly step: Tensor<[]>
  /** The last changes of the parameters, and of the gradients, a row each. */
  readonly changes: Tensor
  readonly gradientChanges: Tensor
  /** γ, the diagonal of the first estimate of the inverse Hessian. */
  readonly scale: Tensor<[]>
}

/** Options of `lbfgs`. */
export interface LbfgsOptions {
  /** The first step that the line search tries, or the step without one. Default: 1. */
  readonly learningRate?: number
  /** The most iterations of one update. Default: 20. */
  readonly iterations?: number
  /** The most evaluations of the loss in one update. Default: 5 / 4 of the iterations. */
  readonly evaluations?: number
  /** An update ends where no entry of the gradient is larger. Default: 1e-7. */
  readonly gradientTolerance?: number
  /** An update ends where neither loss nor parameters change by more. Default: 1e-9. */
  readonly changeTolerance?: number
  /** How many changes to remember. Default: 100. */
  readonly history?: number
  /** Default: `'strongWolfe'`. */
  readonly lineSearch?: 'strongWolfe' | 'none'
}

/** An optimizer that evaluates the loss itself. */
export interface Lbfgs {
  init(model: unknown): LbfgsState
  update<T>(model: T, loss: (model: T) => Tensor, state: LbfgsState): [model: T, state: LbfgsState]
}

const count = /* @__PURE__ */ kinds.integerFrom(1)
const lbfgsParameters = /* @__PURE__ */ evaluated(() => [
  /* @__PURE__ */ kinds.options({
    learningRate: kinds.positiveNumber,
    iterations: count,
    evaluations: count,
    gradientTolerance: kinds.nonNegativeNumber,
    changeTolerance: kinds.nonNegativeNumber,
    history: count,
    lineSearch: /* @__PURE__ */ kinds.oneOf('strongWolfe', 'none'),
  } satisfies Record<keyof LbfgsOptions, Kind>),
])
const lbfgsState = /* @__PURE__ */ stateWith({
  iterations: aCounter,
  evaluations: aCounter,
  loss: aScalar,
  gradient: aTreeState,
  direction: aTreeState,
  step: aScalar,
  changes: aTreeState,
  gradientChanges: aTreeState,
  scale: aScalar,
})
const aLoss: Kind = { ...aRateTensor, remedy: 'reduce it with sum() or mean()' }
const updateParameters = /* @__PURE__ */ evaluated(() => [aModel, kinds.aFunction, lbfgsState])

/**
 * L-BFGS on the full batch: `θ ← θ - t H g`, with an estimate H of the inverse Hessian from the last changes of
 * parameters and gradients (Nocedal 1980; the two-loop recursion, Nocedal & Wright 2006, algorithm 7.4), and a step t
 * by a line search with the strong Wolfe conditions, or a fixed one. The order of decisions, limits and defaults are
 * PyTorch's, but for the line search, which PyTorch leaves out by default.
 *
 * One update takes many iterations. It calls the loss again and again and reads its values, so that it cannot be traced
 * or compiled: compile the loss instead. Vectors are float64; parameters keep their dtype. A loss that is no number
 * shortens the step.
 *
 * @throws ValueError for options out of range, and for a loss of the given model that is not finite, where PyTorch
 * leaves the model as it is; TraceError in a trace.
 */
export function lbfgs(options: LbfgsOptions = {}): Lbfgs {
  checkArguments('lbfgs', lbfgsParameters, arguments)
  const { iterations = 20 } = options
  const limits: Required<LbfgsOptions> = {
    learningRate: 1,
    evaluations: Math.floor((iterations * 5) / 4),
    gradientTolerance: 1e-7,
    changeTolerance: 1e-9,
    history: 100,
    lineSearch: 'strongWolfe',
    ...options,
    iterations,
  }
  return {
    init(model) {
      checkArguments('lbfgs.init', [aModel], arguments)
      const { length } = vectorOf(model)
      const vector = new Float64Array(length)
      return stateOf({ ...start, gradient: vector, direction: vector, changes: [], gradientChanges: [] })
    },
    update(model, loss, state) {
      checkArguments('lbfgs.update', updateParameters, arguments)
      if (treeLeaves([model, state]).some((leaf) => readable(leaf) === null))
        throw new TraceError(
          'lbfgs-traced',
          '[lbfgs.update] reads the values of the loss, so it cannot be traced or compiled; compile the loss instead',
        )
      const evaluate = valueAndGrad((m: typeof model) => {
        const value = loss(m)
        checkValue('lbfgs.update', aLoss, value, 'the loss')
        return value
      })
      const at = (vector: Float64Array): Evaluation => {
        const [value, gradients] = evaluate(withVector(model, vector))
        return { loss: value.item(), gradient: vectorOf(model, gradients) }
      }
      const { vector, memory } = minimize(vectorOf(model), at, memoryOf(state), limits)
      return [withVector(model, vector), stateOf(memory)]
    },
  }
}

interface Evaluation {
  readonly loss: number
  readonly gradient: Float64Array
}

/** The state in numbers. */
interface Memory {
  iterations: number
  evaluations: number
  loss: number
  gradient: Float64Array
  direction: Float64Array
  step: number
  changes: Float64Array[]
  gradientChanges: Float64Array[]
  scale: number
}

const start = { iterations: 0, evaluations: 0, loss: Infinity, step: 0, scale: 1 }

/** One update: iterations up to a limit or a tolerance. */
function minimize(
  from: Float64Array,
  at: (vector: Float64Array) => Evaluation,
  before: Memory,
  limits: Required<LbfgsOptions>,
): { vector: Float64Array; memory: Memory } {
  const { learningRate, changeTolerance, gradientTolerance } = limits
  const memory = { ...before }
  let vector = from
  let now = at(vector)
  if (!Number.isFinite(now.loss))
    throw new ValueError(
      'lbfgs-loss',
      `[lbfgs.update] expected a finite loss of the given model, got ${now.loss}; start from other parameters, or find the op with debugNaN`,
    )
  let evaluations = 1
  for (let n = 1; n <= limits.iterations && !(largest(now.gradient) <= gradientTolerance); n++) {
    memory.iterations++
    memory.direction = nextDirection(memory, now.gradient, limits.history)
    memory.gradient = now.gradient
    const { direction } = memory
    const isFirst = memory.iterations === 1
    const norm = now.gradient.reduce((total, value) => total + Math.abs(value), 0)
    memory.step = isFirst ? Math.min(1, 1 / norm) * learningRate : learningRate
    const slope = dot(now.gradient, direction)
    // NaN ends the update, too.
    if (!(slope <= -changeTolerance)) break

    const origin = vector
    const along = (step: number): Point => {
      const found = at(plus(origin, step, direction))
      return { ...found, step, slope: dot(found.gradient, direction) }
    }
    const last = now.loss
    if (limits.lineSearch === 'strongWolfe') {
      const search = { step: memory.step, size: largest(direction), tolerance: changeTolerance }
      const first = { ...now, step: 0, slope }
      const found = strongWolfe(along, first, { ...search, evaluations: limits.evaluations - evaluations })
      now = found.point
      memory.step = found.point.step
      evaluations += found.evaluations
      vector = plus(origin, memory.step, direction)
    } else {
      vector = plus(origin, memory.step, direction)
      // The loss after the last iteration is not used.
      if (n === limits.iterations) break
      now = along(memory.step)
      evaluations++
    }
    if (evaluations >= limits.evaluations) break
    if (largest(direction) * Math.abs(memory.step) <= changeTolerance) break
    if (Math.abs(now.loss - last) < changeTolerance) break
  }
  memory.loss = now.loss
  memory.evaluations += evaluations
  return { vector, memory }
}

/** `-H g`, after the last change is remembered. */
function nextDirection(memory: Memory, gradient: Float64Array, history: number): Float64Array {
  if (memory.iterations === 1) return times(-1, gradient)
  const y = plus(gradient, -1, memory.gradient)
  const s = times(memory.step, memory.direction)
  const curvature = dot(y, s)
  if (curvature > 1e-10) {
    memory.gradientChanges = [...memory.gradientChanges, y].slice(-history)
    memory.changes = [...memory.changes, s].slice(-history)
    memory.scale = curvature / dot(y, y)
  }
  const { changes, gradientChanges } = memory
  const inverse = changes.map((each, i) => 1 / dot(gradientChanges[i], each))
  const shares: number[] = []
  let q = times(-1, gradient)
  for (let i = changes.length - 1; i >= 0; i--) {
    shares[i] = dot(changes[i], q) * inverse[i]
    q = plus(q, -shares[i], gradientChanges[i])
  }
  q = times(memory.scale, q)
  for (let i = 0; i < changes.length; i++) q = plus(q, shares[i] - dot(gradientChanges[i], q) * inverse[i], changes[i])
  return q
}

const scalar = (value: number) => full([], value, { dtype: 'float64' })
const int = (value: number) => full([], value, { dtype: 'int32' })

function rowsOf(rows: readonly Float64Array[], columns: number): Tensor {
  if (rows.length === 0) return zeros([0, columns], { dtype: 'float64' })
  const all = new Float64Array(rows.length * columns)
  rows.forEach((row, i) => all.set(row, i * columns))
  return tensor(all, { shape: [rows.length, columns] })
}

function listOf({ shape, data }: Tensor): Float64Array[] {
  const [rows, columns] = shape
  return Array.from({ length: rows }, (_, i) => Float64Array.from(data.subarray(i * columns, (i + 1) * columns)))
}

function stateOf(memory: Memory): LbfgsState {
  const { gradient, direction } = memory
  return {
    iterations: int(memory.iterations),
    evaluations: int(memory.evaluations),
    loss: scalar(memory.loss),
    gradient: tensor(gradient),
    direction: tensor(direction),
    step: scalar(memory.step),
    changes: rowsOf(memory.changes, gradient.length),
    gradientChanges: rowsOf(memory.gradientChanges, gradient.length),
    scale: scalar(memory.scale),
  }
}

function memoryOf(state: LbfgsState): Memory {
  return {
    iterations: state.iterations.item(),
    evaluations: state.evaluations.item(),
    loss: state.loss.item(),
    gradient: Float64Array.from(state.gradient.data),
    direction: Float64Array.from(state.direction.data),
    step: state.step.item(),
    changes: listOf(state.changes),
    gradientChanges: listOf(state.gradientChanges),
    scale: state.scale.item(),
  }
}
