import type { Body, TensorType } from '../kernels/work'
import type { Tensor } from '../values/tensor'
import type { Domain } from './domain'
import type { Law } from './law'

export type { TensorType } from '../kernels/work'

/**
 * A structural kind: the op owns subgraphs, in its attributes as `graphs`, whose captured tensors are among its inputs. It
 * may have several outputs.
 */
export interface RegionBody<A = any> {
  readonly kind: 'region'
  /** Computes the outputs by applying the ops of the subgraphs. */
  run(inputs: readonly Tensor[], attributes: A): readonly Tensor[]
  /** Where the op computes nothing and gives a new derivative to what was computed before it. */
  replaces?(attributes: A): Replacement
}

/**
 * Of an op whose outputs are its first `values` inputs: the law gives their derivative in the next `parameters` inputs, in
 * place of the one of the ops that computed them.
 */
export interface Replacement {
  readonly values: number
  readonly parameters: number
  /** The law is not the derivative of the values, on purpose. */
  readonly surrogate: boolean
}

/** Writes an application of an op as mathematics does. */
export type Notation<A = any> = (operands: readonly string[], attributes: A) => string

/**
 * An operation: everything that Cotangent knows of it, in one place. There is no other list of ops, and no code that asks
 * which op it has in hand: only what its body and its law say.
 *
 * `A` is the type of its attributes, the static parameters of one application (axes, shapes).
 */
export interface Op<A = any> {
  /** Shown in graphs and messages. */
  readonly name: string
  /** Type of the output (of each output, for a region). Throws where the inputs do not fit. */
  infer(inputs: readonly TensorType[], attributes: A): TensorType | readonly TensorType[]
  /** The value. */
  readonly body: Body<A> | RegionBody<A>
  /** The derivative, in both modes. */
  readonly law: Law<A>
  /** What the op is tested on. */
  readonly domain: Domain<A>
  /** How formulas write it, from its written operands: `a + b`. As a call of its name, where absent. */
  readonly notation?: Notation<A>
  /** It is its only input under another identity, in value and derivative: graphs leave it out. */
  readonly transparent?: boolean
}
