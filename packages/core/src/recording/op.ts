import type { Body, TensorType } from '../kernels/work'
import type { Tensor } from '../values/tensor'
import type { Domain } from './domain'
import type { Law } from './law'
import type { Convolution, RegionForm } from './region-form'

export type { TensorType } from '../kernels/work'

/**
 * The body of a region: the op owns subgraphs, as `graphs` in its attributes, unless it owns none. The tensors that
 * they capture are among its inputs. A region may have several outputs.
 */
export interface RegionBody<A = any> {
  readonly kind: 'region'
  /** Computes the outputs by applying the ops of the subgraphs. */
  run(inputs: readonly Tensor[], attributes: A): readonly Tensor[]
  /** What each of the subgraphs is for, in their order. */
  owned(attributes: A): readonly OwnedGraph[]
  /** Whether the op is a name for the ops that `run` applies, which compilers optimize with those around it. */
  readonly isComposite?: true
  /** Scalar operations of a composite, for the cost of graphs. */
  operations?(inputs: readonly TensorType[], output: TensorType, attributes: A): number
  /** Whether one of the subgraphs runs, and not all of them. */
  readonly chooses?: true
  /** The attributes that text shows. Default: all plain data. */
  shown?(attributes: A): Readonly<Record<string, unknown>>
  /** Applies the region to a batch: its graphs are batched, or its rules. */
  batch(application: BatchedApplication<A>): readonly Batched[]
  /** How the graphs run; default: once, as `run` applies them. */
  form?(attributes: A): RegionForm
  /** What a composite computes, for exporters to targets that have convolutions. */
  convolution?(attributes: A): Convolution
  /** For a region that computes nothing, and replaces the derivative of values that were computed before it. */
  replaces?(attributes: A): Replacement
}

/**
 * What an input of a subgraph takes from an input of its op: the tensor itself, the rows of its first axis one after
 * another, or a carry, which is that tensor in the first step and later the result of the step before.
 */
export interface Feed {
  readonly kind: 'operand' | 'row' | 'carry'
  /** The position among the inputs of the op. */
  readonly input: number
}

/** What a subgraph of a region is for. */
export interface OwnedGraph {
  /** `body`, `condition`, `branch 0` and so on. */
  readonly role: string
  /** One for each input of the subgraph, and then for each tensor that it captured, if the op has it as an input. */
  readonly feeds: readonly Feed[]
  /** For each output of the op, the value of the subgraph that it comes from; null if from another one. */
  readonly results: readonly (number | null)[]
  /** The largest number of times that it runs; null if nothing bounds it. */
  readonly runs: number | null
}

/** A tensor inside of `vmap`. If it is batched, its first axis counts the examples. */
export interface Batched {
  readonly tensor: Tensor
  readonly isBatched: boolean
}

/** An application with a batched input, for `size` examples. */
export interface BatchedApplication<A = any> {
  readonly op: Op<A>
  readonly inputs: readonly Batched[]
  readonly attributes: A
  readonly size: number
}

/**
 * Describes an op whose outputs are its first `values` inputs. The law states their derivative with respect to the
 * next `parameters` inputs. It replaces the derivative of the ops that computed the values.
 */
export interface Replacement {
  readonly values: number
  readonly parameters: number
  /** Whether the law deliberately differs from the derivative of the values (a surrogate gradient). */
  readonly surrogate: boolean
}

/** Maps the attributes of an op to those for `size` examples at once, along a new first axis. */
export type Lift<A = any> = (attributes: A, size: number) => A

/** Writes an application of an op in mathematical notation. */
export type Notation<A = any> = (operands: readonly string[], attributes: A) => string

/**
 * An operation: all that Cotangent knows about it, in one place. There is no other list of ops. No code asks which op
 * it has; it asks only for the body and the law.
 *
 * `A` is the type of its attributes, the static parameters of one application (axes, shapes).
 */
export interface Op<A = any> {
  /** Shown in graphs and messages. */
  readonly name: string
  /** Type of the output; for a region, of each output. Throws for inputs that the op does not accept. */
  infer(inputs: readonly TensorType[], attributes: A): TensorType | readonly TensorType[]
  /** How the value is computed. */
  readonly body: Body<A> | RegionBody<A>
  /** How the op is differentiated, in both modes. */
  readonly law: Law<A>
  /** The inputs and attributes that the op is tested on. */
  readonly domain: Domain<A>
  /**
   * The attributes with which the op does the same for `size` examples: each input and the output have one more axis,
   * the first. Default: `vmap` derives another op, which applies this one to each example.
   */
  readonly lift?: Lift<A>
  /** Whether an input of fewer axes than the output is aligned at its last axis. */
  readonly broadcasts?: boolean
  /** How formulas write the op, given its written operands: `a + b` (default: a call of its name). */
  readonly notation?: Notation<A>
  /** How `explain` names the application among the values and kernels of a program. Default: the name of the op. */
  readonly label?: (attributes: A) => string
  /**
   * The attributes with which the op also returns what its reverse rule reads, as further outputs. Used where a
   * transform in reverse mode follows an input.
   */
  readonly followed?: (attributes: A) => A
  /** The output is the only input under another identity, with its value and derivative. Graphs leave the op out. */
  readonly isAlias?: boolean
}
