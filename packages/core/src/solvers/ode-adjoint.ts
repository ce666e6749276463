import { pullBack, pushForward } from '../autodiff/sweeps'
import { record } from '../autodiff/tape'
import { map, scan } from '../control/scan'
import { add, mul, neg, sub } from '../ops/arithmetic'
import { sumAxes } from '../ops/broadcasting'
import { zerosLike } from '../ops/creation'
import { expandDims } from '../ops/movement'
import { at, concat, slice, stack } from '../ops/slicing'
import { castTo } from '../recording/cast'
import type { Cotangents } from '../recording/law'
import type { Shape } from '../types/shapes'
import { isFloat } from '../values/dtype'
import type { Tensor } from '../values/tensor'
import { filled } from './implicit'
import { integrate, type StepSettings } from './ode-steps'
import { type Applied, applyRuled, ruledOp } from './ruled'
import { vectorsOf } from './vectors'

type List = readonly Tensor[]

/** The right-hand side of an equation `y' = f(y, t, known)`, where `y` is a vector. */
export type Dynamics = (y: Tensor, t: Tensor, known: List) => Tensor

/** The region of `odeSolve`. */
export const odeOp = /* @__PURE__ */ ruledOp('odeSolve')

/**
 * The states at the times, as rows, with the derivatives of the exact solution: they are solutions of differential
 * equations, integrated in the same way, and differentiated in turn.
 */
export function integrateExact(f: Dynamics, y0: Tensor, times: Tensor, known: List, settings: StepSettings): Tensor {
  const compute = ([first, at, ...others]: List) => [integrate((y, t) => f(y, t, others), first, at, settings)]
  return applyRuled(odeOp, [y0, times, ...known], compute, {
    pullback: ([cotangent], applied, needed) => pullBackEquation(f, cotangent!, applied, needed, settings),
    jvp: (tangents, applied) => [pushForwardEquation(f, tangents, applied, settings)],
  })[0]
}

/** The slopes at all times, as rows. */
function slopes(f: Dynamics, ys: Tensor, times: Tensor, known: List): Tensor {
  return map(({ y, t }: { y: Tensor; t: Tensor }) => f(y, t, known), { y: ys, t: times })
}

/**
 * Reverse mode: the adjoint equation `a' = -(∂f/∂y)ᵀ a`, backwards in time, with the cotangent of each state added at
 * its time (Pontryagin et al. 1962; Chen et al. 2018, algorithm 2). The cotangent of what `f` knows is the integral of
 * `(∂f/∂known)ᵀ a`. The state is integrated backwards with it, from the known state at each time.
 */
function pullBackEquation(
  f: Dynamics,
  cotangent: Tensor,
  { inputs: [y0, times, ...known], outputs: [ys] }: Applied,
  [, areTimesNeeded, ...needed]: readonly boolean[],
  settings: StepSettings,
): Cotangents {
  const [n] = times.shape as Shape
  const others = known.map(() => null)
  const last = at(cotangent, n - 1)
  if (n === 1) return [last, null, ...others]
  const wanted = known.flatMap((each, i) => (needed[i] && isFloat(each.dtype) ? [i] : []))
  const sums = wanted.map((i) => zerosLike(castTo(known[i], y0.dtype)))
  const { pack, unpack } = vectorsOf([y0, y0, ...sums])
  const augmented: Dynamics = (state, t, own) => {
    const [y, a] = unpack(state)
    const { result, tape } = record('odeSolve', [y, ...wanted.map((i) => own[i])], ([alias, ...aliases]) => [
      f(alias, t, replaced(own, wanted, aliases)),
    ])
    const [ofState, ...ofKnown] = pullBack(tape, result, [neg(a)])
    const derivatives = ofKnown.map((each, i) => castTo(each ?? zerosLike(own[wanted[i]]), y.dtype))
    return pack([result[0], ofState ?? zerosLike(y), ...derivatives])
  }
  interface Row {
    readonly y: Tensor
    readonly received: Tensor
    readonly from: Tensor
    readonly to: Tensor
  }
  const rows = { y: slice(ys, [1, n]), received: slice(cotangent, [0, n - 1]), from: slice(times, [1, n]), to: slice(times, [0, n - 1]) } // prettier-ignore
  const [[a, ...totals], before] = scan(
    ([a, ...totals]: Tensor[], { y, received, from, to }: Row) => {
      const states = integrateExact(augmented, pack([y, a, ...totals]), stack([from, to]), known, settings)
      const [, arrived, ...next] = unpack(at(states, 1))
      return [[add(arrived, received), ...next], arrived] as const
    },
    [last, ...sums],
    rows,
    { reverse: true },
  )
  const cotangents: (Tensor | null)[] = [...others]
  wanted.forEach((at, i) => (cotangents[at] = castTo(totals[i], known[at].dtype)))
  if (!areTimesNeeded) return [a, null, ...cotangents]
  // A later end moves the state along its slope; a later start moves it back.
  const weights = concat([expandDims(neg(at(before, 0)), 0), slice(cotangent, [1, n])])
  return [a, sumAxes(mul(weights, slopes(f, ys, times, known)), { axes: [1] }), ...cotangents]
}

/** Forward mode: the variational equation `ẏ' = ∂f/∂y ẏ + ∂f/∂known k̇`, integrated together with the state. */
function pushForwardEquation(
  f: Dynamics,
  [ofStart, ofTimes, ...ofKnown]: Cotangents,
  { inputs: [y0, times, ...known], outputs: [ys] }: Applied,
  settings: StepSettings,
): Tensor | null {
  const { pack, unpack } = vectorsOf([y0, y0])
  const present = ofKnown.flatMap((each, i) => (each === null ? [] : [i]))
  if (ofStart === null && ofTimes === null && present.length === 0) return null
  const augmented: Dynamics = (state, t, given) => {
    const [y, v] = unpack(state)
    const own = given.slice(0, known.length)
    const leaves = [y, ...present.map((i) => own[i])]
    const { result, tape } = record(
      'odeSolve',
      leaves,
      ([alias, ...aliases]) => [f(alias, t, replaced(own, present, aliases))],
      undefined,
      'forward',
    )
    return pack([result[0], ...filled(pushForward(tape, result, [v, ...given.slice(known.length)]), [y])])
  }
  const alongTimes = ofTimes && mul(slopes(f, ys, times, known), expandDims(ofTimes, 1))
  const first = ofStart ?? zerosLike(y0)
  const start = alongTimes ? sub(first, at(alongTimes, 0)) : first
  const directions = present.map((i) => ofKnown[i]!)
  const states = integrateExact(augmented, pack([y0, start]), times, [...known, ...directions], settings)
  const tangent = slice(states, null, [y0.size, 2 * y0.size])
  return alongTimes ? add(tangent, alongTimes) : tangent
}

/** The list with others at some positions. */
function replaced(list: List, positions: readonly number[], others: List): List {
  return list.map((each, i) => (positions.includes(i) ? others[positions.indexOf(i)] : each))
}
