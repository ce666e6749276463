import { GradientError, ValueError } from '../errors'
import { onesLike, zerosLike } from '../ops/creation'
import { identity } from '../ops/identity'
import { checkArguments, type Kind, rest } from '../arguments/arguments'
import { beside } from '../trees/beside'
import { foreignTensor, isForeign } from '../arguments/brand'
import { callPlain, guardMutation } from '../trees/mutation-guard'
import { describeValue } from '../arguments/describe'
import { isFloat } from '../values/dtype'
import { aFunction, anything, either, flag, integerFrom, listOf, oneOf, transformOptions } from '../arguments/kinds'
import { formatType } from '../values/printing'
import { checkNothingBeyond } from '../trees/same-structure'
import { sameShape } from '../values/shape'
import { Tensor } from '../values/tensor'
import { formatPath, type Path } from '../trees/places'
import { privateClassIn } from '../trees/private-state'
import { flattenFor, flattenPlaces } from '../trees/tree'
import type { Flat } from '../trees/flat'
import { notConnected } from './paths'
import { pullBack } from './sweeps'
import { record } from './tape'

/** Options of `grad` and `valueAndGrad`. */
export interface GradOptions {
  /** The position, or positions, of the arguments to differentiate with respect to (default: 0). */
  readonly argument?: number | readonly number[]
  /** Selects the floating-point leaves to differentiate (default: all). The gradient of the others is zero. */
  readonly where?: (leaf: Tensor, path: Path) => boolean
  /** Whether the function returns `[scalar, anything]`; the second part is passed through (default: false). */
  readonly aux?: boolean
  /** What to do if no path leads from any leaf to the result: throw, or return zeros (default: `throw`). */
  readonly disconnected?: 'throw' | 'zeros'
}

/** Inferred options, restricted to the names of `Known`. */
export type Exactly<Given, Known> = Given & Known & { readonly [K in Exclude<keyof Given, keyof Known>]: never }

const gradOptions = {
  argument: /* @__PURE__ */ either(integerFrom(0), listOf(integerFrom(0))),
  where: aFunction,
  aux: flag,
  disconnected: /* @__PURE__ */ oneOf('throw', 'zeros'),
} satisfies Record<keyof GradOptions, Kind>
const gradParameters = [aFunction, /* @__PURE__ */ transformOptions('grad', gradOptions)]
const valueAndGradParameters = [aFunction, /* @__PURE__ */ transformOptions('valueAndGrad', gradOptions)]
const vjpParameters = [aFunction, /* @__PURE__ */ rest(anything)]
const pullbackParameters: readonly Kind[] = [
  { ...anything, expected: 'a cotangent, a tree like the result', remedy: 'for a scalar pass tensor(1)' },
]

/** The selected arguments: one tree, or a tuple of trees. */
export type Selected<Args extends readonly unknown[], A> = A extends number
  ? Args[A]
  : A extends readonly number[]
    ? { -readonly [K in keyof A]: A[K] extends number ? Args[A[K]] : never }
    : Args[0]

/** The leaves of one argument, and the positions of the leaves that are differentiated. */
interface Differentiated {
  readonly flat: Flat
  readonly active: readonly number[]
}

function select(flat: Flat, keep: ((leaf: Tensor, path: Path) => boolean) | undefined): Differentiated {
  const chosen = keep && flat.select((leaf, path) => isFloat(leaf.dtype) && keep(leaf, path))
  const active = flat.leaves.flatMap(({ dtype }, i) => (isFloat(dtype) && (chosen?.[i] ?? true) ? [i] : []))
  return { flat, active }
}

/** The leaves to differentiate, their names, and a function that rebuilds the trees with other leaves. */
export function differentiate(
  operation: string,
  trees: readonly unknown[],
  keep?: (leaf: Tensor, path: Path) => boolean,
) {
  const parts = trees.map((tree) => select(flattenFor(operation, tree), keep))
  const leaves = parts.flatMap(({ flat, active }) => active.map((i) => flat.leaves[i]))
  const names = () =>
    parts.flatMap(({ flat, active }, argument) =>
      active.map((i) => (flat.paths[i].length === 0 ? `argument ${argument}` : formatPath(flat.paths[i]))),
    )
  const rebuild = (values: readonly (Tensor | null)[], other: (leaf: Tensor) => Tensor) => {
    let next = 0
    // Two leaves can get the same cotangent, as in a + b. They must be distinct leaves of the gradient.
    const used = new Set<Tensor>()
    const own = (value: Tensor) => (used.has(value) ? identity(value) : (used.add(value), value))
    return parts.map(({ flat, active }) => {
      const replacements: Tensor[] = []
      for (const i of active) replacements[i] = own(values[next++] ?? zerosLike(flat.leaves[i]))
      return flat.rebuild(flat.leaves.map((leaf, i) => (i in replacements ? replacements[i] : other(leaf))))
    })
  }
  return { leaves, names, rebuild }
}

/**
 * The value and the gradient of a scalar function: `f(...args)` and `∂f/∂θ` for every floating-point leaf θ of the
 * chosen argument, as a tree of that argument's type.
 *
 * Nests to any order with every other transform. Leaves that do not reach the result get zeros.
 *
 * @throws GradientError if the result is not a floating-point scalar, if no leaf is floating point, or if no leaf
 * reaches the result.
 */
export function valueAndGrad<Args extends readonly unknown[], R, const O extends GradOptions = object>(
  f: (...args: Args) => R,
  options?: Exactly<O, GradOptions>,
): (...args: Args) => [value: R, gradient: Selected<Args, O['argument']>] {
  checkArguments('valueAndGrad', valueAndGradParameters, arguments)
  return (...args) => evaluate('valueAndGrad', f, args, options ?? {}) as never
}

/**
 * The gradient of a scalar function, as a function of the same arguments: the second result of `valueAndGrad`.
 *
 * With `aux` it returns `[gradient, extra]`.
 */
export function grad<Args extends readonly unknown[], const O extends GradOptions = object>(
  f: (...args: Args) => unknown,
  options?: Exactly<O, GradOptions>,
): (
  ...args: Args
) => O['aux'] extends true ? [gradient: Selected<Args, O['argument']>, extra: any] : Selected<Args, O['argument']> {
  checkArguments('grad', gradParameters, arguments)
  return (...args) => {
    const [value, gradient] = evaluate('grad', f, args, options ?? {})
    return (options?.aux ? [gradient, (value as readonly unknown[])[1]] : gradient) as never
  }
}

/** Computes `valueAndGrad`. Errors name `operation`. `options` is null for transforms without options. */
export function evaluate(
  operation: string,
  f: (...args: any) => unknown,
  args: readonly unknown[],
  options: GradOptions | null,
): [unknown, unknown] {
  const { argument = 0, aux = false, disconnected = 'throw', where } = options ?? {}
  const positions = typeof argument === 'number' ? [argument] : argument
  positions.forEach((position, i) => {
    if (!(position in args))
      throw new ValueError(
        'argument-position',
        `[${operation}] there is no argument ${position}; the function was called with ${args.length} argument${args.length === 1 ? '' : 's'}`,
      )
    if (positions.indexOf(position) < i)
      throw new ValueError(
        'argument-position',
        `[${operation}] expected each argument once, got argument ${position} twice; name it once, and use its gradient twice`,
      )
  })
  const { leaves, names, rebuild } = differentiate(
    operation,
    positions.map((position) => args[position]),
    where,
  )
  if (leaves.length === 0) throw noLeaves(operation, args, positions, where !== undefined)
  const call = (aliases: readonly Tensor[]) => {
    const copies: unknown[] = []
    rebuild(aliases, (leaf) => leaf).forEach((tree, i) => (copies[positions[i]] = tree))
    const given = args.map((arg, i) => (i in copies ? copies[i] : arg))
    return guardMutation(operation, copies, () => callPlain(operation, f, given))
  }
  const { result, tape } = record(operation, leaves, call, names)
  const value = scalarOf(operation, result, aux)
  const cotangents = pullBack(tape, [value], [onesLike(value)])
  if (disconnected === 'throw' && cotangents.every((cotangent) => cotangent === null))
    throw notConnected(tape, leaves, call, options === null ? '' : ", or pass { disconnected: 'zeros' }")
  const gradients = rebuild(cotangents, zerosLike)
  return [result, typeof argument === 'number' ? gradients[0] : gradients]
}

function scalarOf(operation: string, result: unknown, aux: boolean): Tensor {
  const value: unknown = aux && Array.isArray(result) && result.length === 2 ? result[0] : aux ? undefined : result
  if (isForeign(value)) throw foreignTensor(operation, 'the result')
  if (!(value instanceof Tensor))
    throw new GradientError(
      'not-a-scalar',
      `[${operation}] the function must return ${aux ? '[scalar tensor, anything]' : 'a scalar tensor'}, got ` +
        `${describeValue(result)}${Array.isArray(result) && !aux ? '; to return more than the scalar use { aux: true }' : '; return the tensor itself, not .item() or .data'}`,
    )
  if (value.rank !== 0 || !isFloat(value.dtype))
    throw new GradientError(
      'not-a-scalar',
      `[${operation}] the function must return a floating-point scalar, got ${formatType(value.dtype, value.shape)}; ` +
        (value.rank === 0
          ? 'integers and booleans have no derivative'
          : 'reduce it with sum() or mean(), or use vjp or jacobian'),
    )
  return value
}

/** The error if the arguments at `positions` hold no floating-point leaf (default: all arguments). */
export function noLeaves(
  operation: string,
  args: readonly unknown[],
  positions: readonly number[] = [...args.keys()],
  isSelected = false,
): GradientError {
  if (positions.length === 0)
    return new GradientError(
      'no-floating-leaf',
      `[${operation}] expected an argument to differentiate, got none; pass it after the function`,
    )
  const hiding = privateClassIn(positions.map((position) => args[position]))
  return new GradientError(
    'no-floating-leaf',
    `[${operation}] argument ${positions.join(', ')} holds no floating-point tensor to differentiate${isSelected ? " that the option 'where' selects" : ''}; ` +
      (hiding === null
        ? 'convert numbers with tensor(...), and integer tensors with astype'
        : `a ${hiding} has private fields, which transforms cannot see: implement [tree]: { flatten, unflatten } on the class, ` +
          'or use plain properties'),
  )
}

/**
 * The tensors in the result of a function.
 *
 * @throws GradientError if there are none.
 */
export function resultOf(
  operation: string,
  result: unknown,
  takeApart: (operation: string, tree: unknown) => Flat = flattenFor,
): Flat {
  const flat = takeApart(operation, result)
  if (flat.leaves.length === 0)
    throw new GradientError(
      'no-result-tensor',
      `[${operation}] the function must return a tensor, or a tree of tensors, got ${describeValue(result)}; ` +
        'return the tensor itself, not .item() or .data',
    )
  return flat
}

/** Maps the cotangent of the result to cotangents of the arguments. */
export type Pullback<Args extends readonly unknown[], R> = (cotangent: R) => { -readonly [K in keyof Args]: Args[K] }

/**
 * Evaluates `f` and returns its result and the pullback `ȳ -> Jᵀ ȳ`. The pullback takes a tree like the result and
 * returns a tree like each argument. It may be called any number of times. If one tensor is at several places of the
 * result, its cotangent is the sum of the cotangents at these places.
 *
 * @throws GradientError if no argument holds a floating-point tensor.
 */
export function vjp<Args extends readonly unknown[], R>(
  f: (...args: Args) => R,
  ...args: Args
): [result: R, pullback: Pullback<Args, R>] {
  checkArguments('vjp', vjpParameters, arguments)
  const { leaves, names, rebuild } = differentiate('vjp', args)
  if (leaves.length === 0) throw noLeaves('vjp', args)
  const call = (aliases: readonly Tensor[]) =>
    guardMutation('vjp', rebuild(aliases, (leaf) => leaf) as unknown as Args, (copies) => callPlain('vjp', f, copies))
  const { result, tape } = record('vjp', leaves, call, names)
  const outputs = resultOf('vjp', result, flattenPlaces)
  const pullback = function (cotangent: R) {
    checkArguments('pullback', pullbackParameters, arguments)
    const cotangents = matchingLeaves('vjp', 'cotangent', outputs, cotangent)
    checkNothingBeyond('vjp', ['the result', result], ['the cotangent', cotangent])
    return rebuild(pullBack(tape, outputs.leaves, cotangents), zerosLike) as never
  }
  return [result, pullback]
}

/**
 * The leaves of a tree of tangents or cotangents, checked against the tree of the primals; null for leaves that are not
 * floating point.
 *
 * @throws GradientError if structures or types differ; ValueError if two places of one leaf get different values.
 */
export function matchingLeaves(operation: string, what: string, of: Flat, given: unknown): (Tensor | null)[] {
  return beside(operation, of, given, (found, leaf, pathTo) => {
    if (!isFloat(leaf.dtype)) return null
    if (found instanceof Tensor && found.dtype === leaf.dtype && sameShape(found.shape, leaf.shape)) return found
    const path = formatPath(pathTo())
    if (isForeign(found)) throw foreignTensor(operation, path)
    throw new GradientError(
      `${what}-type`,
      `[${operation}] the ${what} at ${path} must be ${formatType(leaf.dtype, leaf.shape)}, ` +
        `got ${found instanceof Tensor ? formatType(found.dtype, found.shape) : found === undefined ? 'nothing' : describeValue(found)}`,
    )
  })
}
