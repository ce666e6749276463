import type { Body, Kernel, Kind as WorkKind } from '../kernels/work'
import { ValueError } from '../errors'
import type { CallingSet, Scalar } from '../scalar/builder'
import type { Arity, PerInput } from '../types/arity'
import { derivative } from '../scalar/dual'
import type { ScalarSet } from '../scalar/formula'
import { surplusAfter } from '../arguments/arguments'
import { isFloat } from '../values/dtype'
import { Tensor } from '../values/tensor'
import { apply } from './apply'
import { explained, hasAttributes } from './attributes'
import { type Domain, elementwiseDomain, type Interval } from './domain'
import { elementwise, type Law, type LinearIn, type Partial } from './law'
import type { Lift, Notation, Op, RegionBody, TensorType } from './op'
import { mapOf } from './programs'
import { type Accepts, type Operand, scalar, toTensor, unify } from './operands'
import { resolveMap } from './resolve'

/** A function that applies one op exposes that op to the checkers. */
export interface WithOp<A = undefined> {
  readonly op: Op<A>
}

/** The result of `defineOp` and `defineElementwise`. */
export type DefinedOp<A = undefined> = OpFunction<A> & WithOp<A>

/** Takes the inputs and then the attributes, if the op has any. */
export type OpFunction<A = undefined> = (...args: A extends undefined ? Operand[] : [...Operand[], A]) => Tensor

/** Options of `defineElementwise`. */
export interface ElementwiseOptions<N extends number = number, S = ScalarSet> {
  readonly name: string
  /** Number of inputs. */
  readonly inputs: N
  /** The value of one element, written with the scalar operations `s`. */
  readonly formula: (s: S, ...inputs: PerInput<N, Scalar>) => Scalar
  /** The test domain: an interval for each input. */
  readonly domain: readonly Interval[]
  /** The dtypes that the inputs may have; they are promoted to a common one (default: `float`). */
  readonly accepts?: Accepts
  /** Number of leading inputs that are boolean conditions and keep their dtype (default: 0). */
  readonly conditions?: number
  /** `partials[i]` maps `d` to `d * ∂y/∂xᵢ` (default: derived from the formula). */
  readonly partials?: readonly Partial<N>[]
  /** Sets of inputs in which the op is jointly linear. Rules that are made of such ops can be transposed. */
  readonly linearIn?: LinearIn
  /** A law to use in place of elementwise partials. */
  readonly law?: Law<undefined, N>
  /** Test on distinct numbers, because the derivative jumps where two numbers of the inputs are equal. */
  readonly distinct?: boolean
  /** How formulas write it. */
  readonly notation?: Notation
}

/** The options for each number of inputs that types can count: rules and formulas get as many inputs. */
export type ElementwiseDefinition<S = ScalarSet> = {
  [N in Exclude<Arity, 0>]: ElementwiseOptions<N, S>
}[Exclude<Arity, 0>]

/** Options of an op whose formula calls named functions by their definitions. */
type BareOptions = ElementwiseOptions<number, CallingSet>

/** `defineElementwise` for the ops of the library: unchecked, and its formula calls functions by their definitions. */
/* @__NO_SIDE_EFFECTS__ */
export function defineElementwise<Signature = OpFunction>(
  options: ElementwiseDefinition<CallingSet>,
): Signature & WithOp
/* @__NO_SIDE_EFFECTS__ */
export function defineElementwise<Signature = OpFunction>(options: BareOptions): Signature & WithOp
/* @__NO_SIDE_EFFECTS__ */
export function defineElementwise(options: any): unknown {
  const { name, inputs, accepts = 'float', conditions = 0 } = options as BareOptions
  const op = elementwiseOp(options)
  const call = (...operands: Operand[]): Tensor => {
    checkArity(name, inputs, operands)
    const values =
      conditions === 0
        ? unify(name, operands, accepts)
        : [...unify(name, operands.slice(0, conditions), 'bool'), ...unify(name, operands.slice(conditions), accepts)]
    return apply(op, values, undefined)
  }
  return applied(call, op)
}

function elementwiseOp(options: BareOptions): Op<undefined> {
  const { name, formula, domain, notation } = options
  const body = mapOf(formula)
  return {
    name,
    infer: (types) => resolveMap(name, body, types).type,
    body,
    law: options.law ?? elementwise(options.partials ?? derivedPartials(options), options.linearIn),
    domain: elementwiseDomain(domain, options.distinct),
    ...(notation && { notation }),
  }
}

// The partial in input i is itself an elementwise op, `d * ∂f/∂xᵢ`. Its own partials are derived in turn, to any order.
function derivedPartials({ name, inputs, formula, domain, conditions = 0 }: BareOptions): readonly Partial[] {
  return domain.slice(0, inputs).map((_, i) => {
    if (i < conditions) return null
    let partial: Op<undefined> | undefined
    return (d, xs) => {
      partial ??= elementwiseOp({
        name: `d(${name})/dx${i}`,
        inputs: inputs + 1,
        formula: (s, ds, ...scalars) => s.mul(ds, derivative(formula, i)(s, ...scalars)),
        domain: [{}, ...domain],
        linearIn: [[0]],
        notation: ([d, ...operands]) =>
          `${d} ⊙ ${inputs === 1 ? `${name}′` : `∂${name}/∂x${i}`}(${operands.join(', ')})`,
      })
      return apply(partial, [d, ...xs], undefined)
    }
  })
}

/** Options of `defineOp`. */
export interface OpOptions<A, N extends number = number> {
  readonly name: string
  /** Number of inputs (default: any number). */
  readonly inputs?: N
  /** Shape and dtype of the output. Throws a ShapeError or DTypeError for inputs that the op does not accept. */
  readonly infer: (inputs: PerInput<N, TensorType>, attributes: A) => TensorType
  /** Computes the value: writes every element of the output, which is filled with zeros. Give this or `body`. */
  readonly kernel?: Kernel<A, N>
  /** The value as one of the kinds of work that a backend can fuse. */
  readonly body?: Body<A, Exclude<WorkKind, 'map'>> | RegionBody<A>
  readonly law: Law<A, N>
  readonly domain: Domain<A>
  /**
   * The attributes with which body and law do the same for `size` examples at once: each input and the output have one
   * more axis, the first. Default: `vmap` applies the op to each example; a kernel runs once for each.
   */
  readonly lift?: Lift<A>
  /** Whether an input of fewer axes than the output is aligned at its last axis (default: false). */
  readonly broadcasts?: boolean
  /** How formulas write it. */
  readonly notation?: Notation<A>
  /** How `explain` names an application. Default: the name of the op. */
  readonly label?: (attributes: A) => string
}

/** The options for each number of inputs that types can count, and for any number. */
export type OpDefinition<A> =
  (OpOptions<A> & { readonly inputs?: undefined }) | { [N in Arity]: OpOptions<A, N> & { readonly inputs: N } }[Arity]

/** `defineOp` for the ops of the library: nothing is checked. */
/* @__NO_SIDE_EFFECTS__ */
export function defineOp<A = undefined, Signature = OpFunction<A>>(options: OpDefinition<A>): Signature & WithOp<A>
/* @__NO_SIDE_EFFECTS__ */
export function defineOp<A = undefined, Signature = OpFunction<A>>(options: OpOptions<A>): Signature & WithOp<A>
/* @__NO_SIDE_EFFECTS__ */
export function defineOp<A>(options: any): unknown {
  const { name, inputs, infer, body, law, domain, lift, broadcasts, notation, label } = options as OpOptions<A> &
    Pick<Op<A>, 'body'>
  const op: Op<A> = {
    name,
    infer,
    body,
    law,
    domain,
    ...(lift && { lift }),
    ...(broadcasts && { broadcasts }),
    ...(notation && { notation }),
    ...(label && { label }),
  }
  let isWithAttributes: boolean | undefined
  const hasSome = (): boolean => (isWithAttributes ??= hasAttributes(domain))
  const call = (...args: readonly unknown[]): Tensor => {
    const last = args.at(-1)
    const isGiven = args.length > 0 && !(last instanceof Tensor) && typeof last !== 'number' && hasSome()
    const operands = (isGiven ? args.slice(0, -1) : args) as readonly Operand[]
    if (inputs !== undefined) checkArity(name, inputs, operands)
    const tensors = toTensors(name, operands)
    const attributes = isGiven ? last : undefined
    try {
      return apply(op, tensors, attributes as A)
    } catch (error) {
      throw explained(name, domain, attributes, error)
    }
  }
  return applied(call, op)
}

/** The function that applies an op. It has the name of the op, for messages. */
function applied(call: (...args: never) => Tensor, op: Op): unknown {
  return Object.assign(Object.defineProperty(call, 'name', { value: op.name }), { op })
}

function toTensors(name: string, operands: readonly Operand[]): Tensor[] {
  const dtype = operands.find((operand): operand is Tensor => operand instanceof Tensor)?.dtype
  return operands.map((operand) => {
    const isWeak = typeof operand === 'number' && dtype !== undefined && (isFloat(dtype) || Number.isInteger(operand))
    return isWeak ? scalar(name, operand, dtype) : toTensor(name, operand)
  })
}

function checkArity(name: string, expected: number, given: readonly unknown[]): void {
  if (given.length === expected) return
  const inputs = `${expected} input${expected === 1 ? '' : 's'}`
  const remedy =
    given.length > expected
      ? surplusAfter(name, expected, given)
      : `pass ${expected === 1 ? 'a tensor or a number' : `${expected} tensors or numbers`}`
  throw new ValueError('arity', `[${name}] takes ${inputs}, got ${given.length}; ${remedy}`)
}
