import type { AxesFit, Inserted, ReducedShape, Replaced } from './axes'
import type { CreationOptions } from './signatures'
import type { Asked, Shape, ShapeArgument } from './shapes'
import type { Tensor } from '../values/tensor'

// Random numbers have the shape that the call asks for; parameters broadcast to it.

/** A tensor of the given shape with random elements, with options that are needed. */
export type NeededSignature<Extra> = <const S extends Shape>(
  key: Tensor<[2]>,
  shape: ShapeArgument<S>,
  options: CreationOptions & Extra,
) => Tensor<Asked<S>>

/** A tensor of the given shape with random integers. */
export type IntegersSignature<Extra> = <const S extends Shape>(
  key: Tensor<[2]>,
  shape: ShapeArgument<S>,
  options?: Extra,
) => Tensor<Asked<S>>

/** Vectors in an array of the given shape: `[...shape, k]`. */
export type DirichletSignature = <const S extends Shape>(
  key: Tensor<[2]>,
  shape: ShapeArgument<S>,
  options: CreationOptions & { readonly concentration: Tensor },
) => Tensor<Inserted<Asked<S>, -1, number>>

/** Integers of the given shape from `min` to `max - 1`. */
export type RandintSignature = <const S extends Shape>(
  key: Tensor<[2]>,
  shape: ShapeArgument<S>,
  options: { readonly min?: Tensor | number; readonly max: Tensor | number },
) => Tensor<Asked<S>>

/** Categories of the given shape; the last axis of the logits holds the categories. */
export type CategoricalSignature = <const S extends Shape>(
  key: Tensor<[2]>,
  shape: ShapeArgument<S>,
  options: { readonly logits: Tensor } | { readonly probabilities: Tensor },
) => Tensor<Asked<S>>

/** Slices of a tensor, or integers below a number; `shape` takes the place of the axis. */
export interface ChoiceSignature {
  <const S extends Shape>(
    key: Tensor<[2]>,
    count: number,
    shape: ShapeArgument<S>,
    options?: { readonly replace?: boolean; readonly probabilities?: Tensor },
  ): Tensor<Asked<S>>
  <X extends Shape, const S extends Shape, const Axis extends number = 0>(
    key: Tensor<[2]>,
    x: Tensor<X>,
    shape: ShapeArgument<S>,
    options?: { readonly replace?: boolean; readonly probabilities?: Tensor; readonly axis?: Axis & AxesFit<X, Axis> },
  ): Tensor<Replaced<X, Axis, Asked<S>>>
}

/** A log-density at each element of `x`; the parameters broadcast to its shape. */
export type LogDensitySignature<Parameters> = <S extends Shape = []>(
  x: Tensor<S> | number,
  options?: Parameters,
) => Tensor<S>

/** A log-density whose parameters are needed. */
export type NeededLogDensitySignature<Parameters> = <S extends Shape = []>(
  x: Tensor<S> | number,
  options: Parameters,
) => Tensor<S>

/** A log-density at each vector along the last axis of `x`. */
export type VectorLogDensitySignature<Parameters> = <S extends Shape>(
  x: Tensor<S>,
  options: Parameters,
) => Tensor<ReducedShape<S, -1, false>>

/** A tensor of the given shape with random elements. */
export type RandomSignature<Extra> = <const S extends Shape>(
  key: Tensor<[2]>,
  shape: ShapeArgument<S>,
  options?: CreationOptions & Extra,
) => Tensor<Asked<S>>
