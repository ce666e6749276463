import { GradientError } from '../errors'
import { zerosLike } from '../ops/creation'
import { checkArguments, type Kind, named, rest } from '../arguments/arguments'
import { callPlain, guardMutation } from '../trees/mutation-guard'
import { aFunction, anything } from '../arguments/kinds'
import { checkNothingBeyond } from '../trees/same-structure'
import { flattenFor } from '../trees/tree'
import type { Tensor } from '../values/tensor'
import { differentiate, evaluate, matchingLeaves, noLeaves, resultOf } from './grad'
import { pushForward } from './sweeps'
import { record } from './tape'

const listOfTrees: Kind = {
  expected: 'an array with one entry for each argument',
  accepts: Array.isArray,
  remedy: 'for a function of one argument call jvp(f, [x], [v])',
}
const jvpParameters = [aFunction, listOfTrees, listOfTrees]
const hvpParameters = [
  aFunction,
  /* @__PURE__ */ named('x', anything),
  /* @__PURE__ */ named('v', anything),
  /* @__PURE__ */ rest(anything),
]

/**
 * The value of `f` and its directional derivative: `f(x)` and `J(x) ẋ`. `tangents` holds one tree for each of
 * `primals`. Forward mode: it costs a few evaluations of `f`, for a result of any size.
 *
 * @throws GradientError if a tangent does not have the type of its primal, or if no primal is floating point;
 * ValueError if one tensor is at two places of a primal and the tangents at these places differ.
 */
export function jvp<Args extends readonly unknown[], R>(
  f: (...args: Args) => R,
  primals: Args,
  tangents: { readonly [K in keyof Args]: Args[K] },
): [value: R, tangent: R] {
  checkArguments('jvp', jvpParameters, arguments)
  return pushed('jvp', f, primals, tangents)
}

/** `jvp`, whose errors name `operation`. */
function pushed<Args extends readonly unknown[], R>(
  operation: string,
  f: (...args: Args) => R,
  primals: Args,
  tangents: { readonly [K in keyof Args]: Args[K] },
): [value: R, tangent: R] {
  if (tangents.length !== primals.length)
    throw new GradientError(
      'tangent-count',
      `[${operation}] expected one tangent for each of the ${primals.length} arguments, got ${tangents.length}; pass lists of equal length`,
    )
  const { leaves, names, rebuild } = differentiate(operation, primals)
  if (leaves.length === 0) throw noLeaves(operation, primals)
  checkNothingBeyond(operation, ['the arguments', primals], ['the tangents', tangents])
  const directions = primals.flatMap((primal, i) =>
    matchingLeaves(operation, 'tangent', flattenFor(operation, primal), tangents[i]).filter(
      (tangent) => tangent !== null,
    ),
  )
  const call = (aliases: readonly Tensor[]) =>
    guardMutation(operation, rebuild(aliases, (leaf) => leaf) as unknown as Args, (copies) =>
      callPlain(operation, f, copies),
    )
  const { result, tape } = record(operation, leaves, call, names, 'forward')
  const outputs = resultOf(operation, result)
  const derivatives = pushForward(tape, outputs.leaves, directions)
  return [result, outputs.rebuild(derivatives.map((derivative, i) => derivative ?? zerosLike(outputs.leaves[i]))) as R]
}

/**
 * The Hessian of the scalar function `x -> f(x, ...rest)` times the vector `v`. The vector and the result are trees
 * like `x`. It uses forward mode over reverse mode, and does not form the Hessian (Pearlmutter 1994).
 *
 * @throws GradientError in the cases of `grad` and `jvp`.
 */
export function hvp<X, Rest extends readonly unknown[]>(
  f: (x: X, ...rest: Rest) => Tensor,
  x: X,
  v: X,
  ...rest: Rest
): X {
  checkArguments('hvp', hvpParameters, arguments)
  return pushed('hvp', (at: X) => evaluate('hvp', f, [at, ...rest], null)[1] as X, [x], [v])[1]
}
