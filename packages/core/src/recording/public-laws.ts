import { checkArguments, type Kind, optional, options } from '../arguments/arguments'
import { aFunction, flag, integerFrom, listOf, text } from '../arguments/kinds'
import type { BilinearLaw, Choice, ElementwiseLaw, Law, LinearIn, LinearLaw, NoLaw, Partial, VjpLaw } from './law'
import * as unchecked from './law'
import type { LawOf } from './traits'

// The constructors of laws for users, with checked arguments.

/** Positions of inputs. */
const positions = /* @__PURE__ */ listOf(integerFrom(0))

/** The kind of an argument `linearIn`. */
export const setsOfInputs: Kind = /* @__PURE__ */ listOf(positions)

/** The kind of an argument `partials`. */
export const listOfPartials: Kind = /* @__PURE__ */ listOf({
  expected: 'a function (d, inputs) => d * ∂y/∂x, or null where the op is constant in the input',
  accepts: (value) => value === null || aFunction.accepts(value),
})

const isFunction = (value: unknown) => typeof value === 'function'
const always = () => true
const hasPullback = ({ pullback }: { pullback?: unknown }) => isFunction(pullback)

// Whether a law has the rules that its kind needs. A kind that is missing here does not compile.
const isComplete: { readonly [K in Law['kind']]: (law: LawOf<K>) => boolean } = {
  elementwise: ({ partials }) => Array.isArray(partials),
  linear: ({ transpose }) => isFunction(transpose),
  bilinear: ({ transposes }) => Array.isArray(transposes) && transposes.length === 2 && transposes.every(isFunction),
  vjp: hasPullback,
  region: hasPullback,
  constant: always,
  none: always,
}

/** The kind of an argument that is a law. It accepts any law with the rules that its kind needs. */
export const aLaw: Kind = {
  expected: 'a law with its rules',
  accepts: (value) => typeof value === 'object' && value !== null && isLaw(value as Law),
  remedy: 'state how the op is differentiated, or pass noGradient(reason)',
}

function isLaw(law: Law): boolean {
  return Object.hasOwn(isComplete, law.kind) && (isComplete[law.kind] as (law: Law) => boolean)(law)
}

const linearFields = {
  arguments: positions,
  linearIn: setsOfInputs,
  transpose: aFunction,
  movement: flag,
  taken: aFunction,
  window: aFunction,
} satisfies Record<Exclude<keyof LinearLaw<any>, 'kind'>, Kind>

const vjpFields = { pullback: aFunction, linearIn: setsOfInputs, jvp: aFunction, taken: aFunction } satisfies Record<
  Exclude<keyof VjpLaw<any>, 'kind'>,
  Kind
>

const choice: Kind = {
  expected: 'an object with a function, won or lost',
  accepts: (value) => {
    const { won, lost } = (value ?? {}) as { won?: unknown; lost?: unknown }
    return typeof (won ?? lost) === 'function'
  },
}
const elementwiseParameters = [
  listOfPartials,
  /* @__PURE__ */ optional(setsOfInputs),
  /* @__PURE__ */ optional(/* @__PURE__ */ listOf(choice)),
]
const linearParameters = [/* @__PURE__ */ options(linearFields, ['transpose'])]
const bilinearParameters = [aFunction, aFunction]
const vjpParameters = [/* @__PURE__ */ options(vjpFields, ['pullback'])]
const noGradientParameters = [text]

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
  checkArguments('elementwise', elementwiseParameters, arguments)
  return unchecked.elementwise(partials, linearIn, choices)
}

/** The law of a linear op `y = A x`; `transpose` is `ȳ -> Aᵀ ȳ`. */
/* @__NO_SIDE_EFFECTS__ */
export function linear<A = any, N extends number = number>(
  law: Omit<LinearLaw<A, N>, 'kind' | 'movement'> & { movement?: boolean },
): LinearLaw<A, N> {
  checkArguments('linear', linearParameters, arguments)
  return unchecked.linear(law)
}

/** The law of a bilinear op `y = B(a, b)`: `left` returns the cotangent of `a`, `right` the cotangent of `b`. */
/* @__NO_SIDE_EFFECTS__ */
export function bilinear<A = any, N extends number = 2>(
  ...transposes: BilinearLaw<A, N>['transposes']
): BilinearLaw<A, N> {
  checkArguments('bilinear', bilinearParameters, arguments)
  return unchecked.bilinear(...transposes)
}

/**
 * An explicit reverse rule, for an op that is neither elementwise nor linear. Forward mode follows from it if the rule
 * is linear in the cotangent. For the inputs in `linearIn`, forward mode applies the op itself.
 */
/* @__NO_SIDE_EFFECTS__ */
export function vjpRule<A = any, N extends number = number>(law: Omit<VjpLaw<A, N>, 'kind'>): VjpLaw<A, N> {
  checkArguments('vjpRule', vjpParameters, arguments)
  return unchecked.vjpRule(law)
}

/**
 * The law of an op that cannot be differentiated, with the reason. A transform that would have to differentiate the op
 * throws a GradientError with the path from the parameter to the op. It does so before any rule runs.
 */
/* @__NO_SIDE_EFFECTS__ */
export function noGradient(reason: string): NoLaw {
  checkArguments('noGradient', noGradientParameters, arguments)
  return unchecked.noGradient(reason)
}
