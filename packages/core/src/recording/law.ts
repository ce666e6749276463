import type { PerInput } from '../types/arity'
import type { Tensor } from '../values/tensor'
import type { Contribution } from './mask'

/** The application that a derivative rule differentiates. Values cannot be read. */
export interface Application<A = any, N extends number = number> {
  readonly inputs: PerInput<N, Tensor>
  /** The first output. Only regions have more than one. */
  readonly output: Tensor
  readonly outputs: readonly Tensor[]
  readonly attributes: A
}

/**
 * A partial derivative of an elementwise op, as the linear map `d -> d * ∂y/∂xᵢ`. A map can divide or select where a
 * factor would lose digits or give 0 * Infinity. null: the op is constant in that input.
 */
export type Partial<N extends number = number> =
  ((d: Tensor, inputs: PerInput<N, Tensor>, output: Tensor) => Tensor) | null

/** Cotangents of the inputs, in order; null for an input without a cotangent. */
export type Cotangents = readonly (Tensor | null)[]

/**
 * The sets of inputs in which an op is jointly linear. If the varying inputs of every op in a recorded rule lie in such
 * a set, the rule is linear and can be transposed.
 */
export type LinearIn = readonly (readonly number[])[]

/** Each entry of the output depends on the same entry of each (broadcast) input. */
export interface ElementwiseLaw<N extends number = number> {
  readonly kind: 'elementwise'
  readonly partials: readonly Partial<N>[]
  readonly linearIn: LinearIn
  /** For ops that choose among their inputs: where each input reaches the output. Its partial counts only there. */
  readonly choices?: readonly Choice<N>[]
}

/** A boolean tensor that is true where an input reaches the output (`won`), or where it does not (`lost`). */
export type Choice<N extends number = number> =
  { readonly won: (inputs: PerInput<N, Tensor>) => Tensor } | { readonly lost: (inputs: PerInput<N, Tensor>) => Tensor }

/** The output is a linear function of `arguments` together. */
export interface LinearLaw<A, N extends number = number> {
  readonly kind: 'linear'
  /** The inputs in which the op is linear (default: all). Other inputs get no cotangent. */
  readonly arguments?: readonly number[]
  readonly linearIn?: LinearIn
  /** Cotangents of `arguments`, in their order. */
  readonly transpose: (cotangent: Tensor, application: Application<A, N>) => Cotangents
  /** Whether `transpose` only moves and copies entries, so that the mask of a cotangent can move with them. */
  readonly movement: boolean
  /**
   * For ops that take each entry of the output from one of `arguments`: a boolean tensor of the output's shape, true
   * for the entries that come from this argument.
   */
  readonly taken?: (argument: number, application: Application<A, N>) => Tensor
  /** For ops that cut a window out of their input, or embed their input in zeros. */
  readonly window?: (attributes: A) => Window
}

/** The entries `start + i · step` along each axis of the larger side. */
export interface Window {
  readonly start: readonly number[]
  readonly step: readonly number[]
  /** Which side is the larger one. */
  readonly of: 'input' | 'output'
}

/** The output is linear in each of its two inputs. */
export interface BilinearLaw<A, N extends number = number> {
  readonly kind: 'bilinear'
  readonly transposes: readonly [
    left: (cotangent: Tensor, application: Application<A, N>) => Tensor,
    right: (cotangent: Tensor, application: Application<A, N>) => Tensor,
  ]
}

/** One tensor for each output of an op. An op that states its number of inputs has one output. */
export type Outputs<N extends number> = number extends N ? readonly Tensor[] : readonly [Tensor]

/** An explicit reverse rule. Forward mode uses `jvp` if it is given, and transposes `pullback` otherwise. */
export interface VjpLaw<A, N extends number = number> {
  readonly kind: 'vjp'
  readonly pullback: (cotangents: Outputs<N>, application: Application<A, N>) => Cotangents
  /**
   * Sets of inputs in which the op is jointly linear while the others are fixed. Forward mode then applies the op
   * itself to their tangents, and rules that use the op can be transposed. `[[0], [1]]`: linear in each of two inputs.
   */
  readonly linearIn?: LinearIn
  /** Tangents of the outputs. If it returns undefined, `pullback` is transposed. */
  readonly jvp?: (tangents: PerInput<N, Tensor | null>, application: Application<A, N>) => Cotangents | undefined
  /**
   * For ops that select entries of their one input: a boolean tensor of its shape, true where it reaches the output.
   */
  readonly taken?: (application: Application<A, N>) => Tensor
}

/**
 * The op owns graphs, which are differentiated in its place. Missing cotangents and tangents stay distinct from zeros,
 * and masks pass through. Otherwise an infinite derivative inside would become NaN on a path that needs no derivative.
 */
export interface RegionLaw<A> {
  readonly kind: 'region'
  /**
   * @internal Only the `needed` cotangents of inputs are used.
   */
  readonly pullback: (
    cotangents: readonly Contribution[],
    application: Application<A>,
    needed: readonly boolean[],
  ) => readonly Contribution[]
  /** @internal */
  readonly jvp: (tangents: readonly Contribution[], application: Application<A>) => readonly Contribution[]
}

/**
 * The derivative is zero wherever it exists, as for a comparison, a rounding or an index. No derivative flows through
 * the op.
 */
export interface ConstantLaw {
  readonly kind: 'constant'
  /** The value depends on the input, but its derivative is defined as zero. A checker keeps the value fixed. */
  readonly stopsGradient?: true
}

/** No derivative is known: differentiating the op is an error. */
export interface NoLaw {
  readonly kind: 'none'
  readonly reason: string
}

/** How an op is differentiated. The engine derives reverse and forward mode from this one statement. */
export type Law<A = any, N extends number = number> =
  ElementwiseLaw<N> | LinearLaw<A, N> | BilinearLaw<A, N> | VjpLaw<A, N> | RegionLaw<A> | ConstantLaw | NoLaw

// The engine builds its laws by these functions. `public-laws.ts` has the same for users, with checked arguments.

/**
 * The law of an elementwise op: `partials[i]` maps `d` to `d * ∂y/∂xᵢ`. Partials ignore broadcasting: the engine sums
 * over the broadcast axes. `linearIn` lists the sets of inputs in which the op is linear while the others are fixed.
 * For an op that chooses among its inputs, `choices` states where each input reaches the output. Write `lost` as a
 * comparison, never as the negation of one: comparisons with NaN are false, so neither input is lost if one is NaN.
 */
/* @__NO_SIDE_EFFECTS__ */
export function elementwise<N extends number = number>(
  partials: readonly Partial<N>[],
  linearIn: LinearIn = [],
  choices?: readonly Choice<N>[],
): ElementwiseLaw<N> {
  return { kind: 'elementwise', partials, linearIn, ...(choices && { choices }) }
}

/** The law of a linear op `y = A x`; `transpose` is `ȳ -> Aᵀ ȳ`. */
/* @__NO_SIDE_EFFECTS__ */
export function linear<A = any, N extends number = number>(
  law: Omit<LinearLaw<A, N>, 'kind' | 'movement'> & { movement?: boolean },
): LinearLaw<A, N> {
  return { kind: 'linear', movement: false, ...law }
}

/** The law of a bilinear op `y = B(a, b)`: `left` returns the cotangent of `a`, `right` the cotangent of `b`. */
/* @__NO_SIDE_EFFECTS__ */
export function bilinear<A = any, N extends number = 2>(
  ...transposes: BilinearLaw<A, N>['transposes']
): BilinearLaw<A, N> {
  return { kind: 'bilinear', transposes }
}

/**
 * An explicit reverse rule, for an op that is neither elementwise nor linear. Forward mode follows from it if the rule
 * is linear in the cotangent. For the inputs in `linearIn`, forward mode applies the op itself.
 */
/* @__NO_SIDE_EFFECTS__ */
export function vjpRule<A = any, N extends number = number>(law: Omit<VjpLaw<A, N>, 'kind'>): VjpLaw<A, N> {
  return { kind: 'vjp', ...law }
}

/** The law of an op that owns graphs: both modes differentiate these graphs. */
/* @__NO_SIDE_EFFECTS__ */
export function regionRule<A = any>(law: Omit<RegionLaw<A>, 'kind'>): RegionLaw<A> {
  return { kind: 'region', ...law }
}

/** The law of an op whose derivative is zero wherever it exists. */
export const constant: ConstantLaw = { kind: 'constant' }

/**
 * The law of an op that cannot be differentiated, with the reason. A transform that would have to differentiate the op
 * throws a GradientError with the path from the parameter to the op. It does so before any rule runs.
 */
/* @__NO_SIDE_EFFECTS__ */
export function noGradient(reason: string): NoLaw {
  return { kind: 'none', reason }
}
