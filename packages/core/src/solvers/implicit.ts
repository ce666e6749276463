import { pullBack, pushForward } from '../autodiff/sweeps'
import { record } from '../autodiff/tape'
import { traceLeaves } from '../graph/trace'
import { neg } from '../ops/arithmetic'
import { zerosLike } from '../ops/creation'
import type { Op } from '../recording/op'
import { placesInList } from '../trees/places'
import type { Tensor } from '../values/tensor'
import { type Applied, applyRuled, callTracedGraph, type Ruled, type Rules, tracedConstants } from './ruled'
import { type Found, foundIn, listOf } from './solution'

type List = readonly Tensor[]

/** Solves `A v = b` for a linear function `A` of lists of tensors, differentiably. */
export type LinearSolver = (A: (v: List) => List, b: List) => List

/** An equation `F(x, known) = 0` for as many unknowns, and how it is solved. */
export interface Equation {
  readonly op: Op<Ruled>
  readonly residual: (x: List, known: List) => List
  /** Solves it, starting at `init`. The iterations are not differentiated. */
  readonly solve: (init: List, known: List) => Found
  readonly linear: LinearSolver
}

/**
 * The solution of an equation, with the derivative of the implicit function theorem (Christianson 1994):
 *
 * `∂F/∂x ẋ = -∂F/∂known k̇` in forward mode, and `k̄ = -(∂F/∂known)ᵀ λ` with `(∂F/∂x)ᵀ λ = x̄` in reverse mode.
 *
 * The derivative with respect to `init` is zero.
 */
export function implicitSolution(equation: Equation, init: List, known: List): Found {
  const { op, residual, solve, linear } = equation
  const count = init.length
  const split = (list: List): [x: List, known: List] => [list.slice(0, count), list.slice(count, count + known.length)]
  const unknown = [...init, ...known]
  const equations = traceLeaves(unknown, placesInList(unknown.length), (list) => residual(...split(list)), op.name)
  const inputs = [...unknown, ...tracedConstants(equations)]
  const recorded = (at: Applied, leaves: List, both: (aliases: List) => List, mode: 'reverse' | 'forward') => {
    const constants = at.inputs.slice(unknown.length)
    return record(
      op.name,
      leaves,
      (aliases) => callTracedGraph(equations, [...both(aliases), ...constants]),
      undefined,
      mode,
    )
  }
  const rules: Rules = {
    pullback(cotangents, at, needed) {
      const [x, values] = [at.outputs.slice(0, count), split(at.inputs)[1]]
      const wanted = values.flatMap((_, i) => (needed[count + i] ? [i] : []))
      const results = new Array<Tensor | null>(inputs.length).fill(null)
      if (wanted.length === 0 || x.every((_, i) => cotangents[i] === null)) return results
      const { result, tape } = recorded(
        at,
        [...x, ...wanted.map((i) => values[i])],
        (aliases) => [
          ...aliases.slice(0, count),
          ...values.map((value, i) => (wanted.includes(i) ? aliases[count + wanted.indexOf(i)] : value)),
        ],
        'reverse',
      )
      const transposed = (v: List) => filled(pullBack(tape, result, v).slice(0, count), x)
      const multiplier = linear(transposed, filled(cotangents.slice(0, count), x))
      const pulled = pullBack(
        tape,
        result,
        multiplier.map((each) => neg(each)),
      ).slice(count)
      wanted.forEach((at, i) => (results[count + at] = pulled[i]))
      return results
    },
    jvp(tangents, at) {
      const [x, values] = [at.outputs.slice(0, count), split(at.inputs)[1]]
      const ofKnown = tangents.slice(count, unknown.length)
      const nothing = at.outputs.map(() => null)
      if (ofKnown.every((each) => each === null)) return nothing
      const { result, tape } = recorded(at, [...x, ...values], (aliases) => aliases, 'forward')
      const pushed = pushForward(tape, result, [...x.map(() => null), ...ofKnown])
      const A = (v: List) => filled(pushForward(tape, result, [...v, ...values.map(() => null)]), x)
      const tangent = linear(
        A,
        filled(pushed, x).map((each) => neg(each)),
      )
      return [...tangent, ...nothing.slice(count)]
    },
  }
  return foundIn(applyRuled(op, inputs, (list) => listOf(solve(...split(list))), rules))
}

/** Zeros where there is no derivative. */
export function filled(list: readonly (Tensor | null)[], like: List): List {
  return list.map((each, i) => each ?? zerosLike(like[i]))
}
