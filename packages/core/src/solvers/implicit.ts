import { pullBack, pushForward } from '../autodiff/sweeps'
import { record } from '../autodiff/tape'
import { traceLeaves } from '../graph/trace'
import { neg } from '../ops/arithmetic'
import { zerosLike } from '../ops/creation'
import { applyAll } from '../recording/apply'
import type { Op } from '../recording/op'
import { placesInList } from '../trees/places'
import type { Tensor } from '../values/tensor'
import { type Applied, callClosed, type Ruled, type Rules } from './ruled'
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
  const inputs = [...init, ...known]
  const traced = (f: (x: List, known: List) => List) =>
    traceLeaves(inputs, placesInList(inputs.length), (list) => f(list.slice(0, count), list.slice(count)), op.name)
  const graph = traced((x, given) => listOf(solve(x, given)))
  const equations = traced(residual)
  const recorded = (leaves: List, at: (aliases: List) => List, mode: 'reverse' | 'forward') =>
    record(op.name, leaves, (aliases) => callClosed(equations, at(aliases)), undefined, mode)
  const rules: Rules = {
    pullback(cotangents, at, needed) {
      const [x, values] = [at.outputs.slice(0, count), knownOf(at)]
      const wanted = values.flatMap((_, i) => (needed[count + i] ? [i] : []))
      const results = new Array<Tensor | null>(inputs.length).fill(null)
      if (wanted.length === 0 || x.every((_, i) => cotangents[i] === null)) return results
      const { result, tape } = recorded(
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
      const [x, values] = [at.outputs.slice(0, count), knownOf(at)]
      const ofKnown = tangents.slice(count)
      const nothing = at.outputs.map(() => null)
      if (ofKnown.every((each) => each === null)) return nothing
      const { result, tape } = recorded([...x, ...values], (aliases) => aliases, 'forward')
      const pushed = pushForward(tape, result, [...x.map(() => null), ...ofKnown])
      const A = (v: List) => filled(pushForward(tape, result, [...v, ...values.map(() => null)]), x)
      const tangent = linear(
        A,
        filled(pushed, x).map((each) => neg(each)),
      )
      return [...tangent, ...nothing.slice(count)]
    },
  }
  return foundIn(applyAll(op, inputs, { graphs: [graph], rules }))

  function knownOf({ inputs: list }: Applied): List {
    return list.slice(count)
  }
}

/** Zeros where there is no derivative. */
export function filled(list: readonly (Tensor | null)[], like: List): List {
  return list.map((each, i) => each ?? zerosLike(like[i]))
}
