import { checkFunction } from '../graph/operands'
import { zerosLike } from '../ops/creation'
import { callPlain, onCopies } from '../values/copies'
import { flatten } from '../values/tree'
import type { Tensor } from '../values/tensor'
import { pushForward } from './forward'
import { differentiate, grad, matchingLeaves, noLeaves } from './grad'
import { record } from './tape'

/**
 * The value of `f` and its derivative in a direction: `f(x)` and `J(x) ẋ`, where `tangents` holds one tree for each of
 * `primals`. Forward mode: the cost of a few evaluations whatever the size of the result.
 *
 * @throws GradientError where a tangent does not have the type of its primal, or no primal is floating point; ValueError where
 * tangents differ at two places of a primal at which one tensor stands.
 */
export function jvp<Args extends readonly unknown[], R>(
  f: (...args: Args) => R,
  primals: Args,
  tangents: { readonly [K in keyof Args]: Args[K] },
): [value: R, tangent: R] {
  checkFunction('jvp', f)
  const { leaves, names, rebuild } = differentiate(primals)
  if (leaves.length === 0) throw noLeaves('jvp', primals)
  const directions = primals.flatMap((primal, i) =>
    matchingLeaves('jvp', 'tangent', flatten(primal), tangents[i]).filter((tangent) => tangent !== null),
  )
  const call = (aliases: readonly Tensor[]) =>
    onCopies('jvp', rebuild(aliases, (leaf) => leaf) as unknown as Args, (copies) => callPlain('jvp', f, copies))
  const { result, tape } = record('jvp', leaves, call, names)
  const outputs = flatten(result)
  const derivatives = pushForward(tape, outputs.leaves, directions)
  return [result, outputs.rebuild(derivatives.map((derivative, i) => derivative ?? zerosLike(outputs.leaves[i]))) as R]
}

/**
 * The Hessian of the scalar function `x -> f(x, ...rest)` times the vector `v`, a tree like `x`: forward mode over reverse
 * mode, without forming the Hessian (Pearlmutter 1994).
 *
 * @throws GradientError as `grad` and `jvp` do.
 */
export function hvp<X, Rest extends readonly unknown[]>(
  f: (x: X, ...rest: Rest) => Tensor,
  x: X,
  v: X,
  ...rest: Rest
): X {
  checkFunction('hvp', f)
  const gradient = grad(f as (...args: readonly unknown[]) => Tensor)
  return jvp((at: X) => gradient(at, ...rest) as X, [x], [v])[1]
}
