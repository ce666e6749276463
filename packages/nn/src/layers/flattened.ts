import {
  checkArguments,
  type IsAny,
  type IsConcrete,
  type Kind,
  kinds,
  type Mismatch,
  type Product,
  runAs,
  type Shape,
  ShapeError,
  type Tensor,
} from '@cotangent/core'
import { layerArguments } from '../mode'
import type { Accepted, ShapeFunction, shapes, TensorOf, Text } from '../shapes'

/** The product of sizes. */
type ProductOf<S extends Shape, Done extends number = 1> = S extends readonly [
  infer N extends number,
  ...infer Rest extends Shape,
]
  ? ProductOf<Rest, Product<Done, N>>
  : Done

type SizeOf<S extends Shape> = IsConcrete<S> extends true ? ProductOf<S> : number

/** The first `Axis` sizes, and the rest as one. */
type FlatFrom<S extends Shape, Axis extends number, Lead extends number[] = []> = Lead['length'] extends Axis
  ? [...Lead, SizeOf<S>]
  : S extends readonly [infer N extends number, ...infer Rest extends Shape]
    ? FlatFrom<Rest, Axis, [...Lead, N]>
    : never

/** The last `Count` sizes as one. */
type FlatLast<S extends Shape, Count extends number, Tail extends number[] = []> = Tail['length'] extends Count
  ? [...S, SizeOf<Tail>]
  : S extends readonly [...infer Lead extends Shape, infer N extends number]
    ? FlatLast<Lead, Count, [N, ...Tail]>
    : never

/** A shape whose axes from `Axis` on are one. */
export type FlatShape<S, Axis extends number> =
  IsAny<S> extends true
    ? any
    : S extends readonly any[]
      ? number extends S['length'] | Axis
        ? number[]
        : Flat<S, Axis> extends infer Y
          ? [Y] extends [never]
            ? Mismatch<`this layer flattens from axis ${Axis}, the one before gives ${Text<S>}`>
            : Y
          : never
      : number[]

type Flat<S extends Shape, Axis extends number> = `${Axis}` extends `-${infer Count extends number}`
  ? FlatLast<S, Count>
  : FlatFrom<S, Axis>

/** The shapes of `flattened`. */
export interface FlattenedShapes<Axis extends number> extends ShapeFunction {
  readonly result: FlatShape<this['given'], Axis>
}

/** Options of `flattened`. */
export interface FlattenedOptions<Axis extends number = number> {
  /** The first of the axes that become one; negative axes count from the end. Default: 1, all axes of an example. */
  readonly axis?: Axis
}

const parameters = [/* @__PURE__ */ kinds.options({ axis: kinds.axis } satisfies Record<keyof FlattenedOptions, Kind>)]

/** Makes one axis of several. */
export class Flattened<Axis extends number = number> {
  declare readonly [shapes]?: FlattenedShapes<Axis>

  /** The first of the axes that become one. */
  readonly axis: number

  constructor(options: FlattenedOptions<Axis> = {}) {
    checkArguments('Flattened', parameters, arguments)
    this.axis = options.axis ?? 1
  }

  /**
   * `[batch, ...sizes] -> [batch, product of the sizes]`.
   *
   * @throws ShapeError if x has too few axes.
   */
  forward<const S extends Shape>(x: Tensor<S> & Accepted<FlatShape<S, Axis>>): TensorOf<FlatShape<S, Axis>> {
    checkArguments('flattened', layerArguments, arguments)
    const shape: readonly number[] = x.shape
    const from = this.axis < 0 ? shape.length + this.axis : this.axis
    if (from < 0 || from > shape.length)
      throw new ShapeError(
        'layer-input',
        `[flattened] expected at least ${this.axis < 0 ? -this.axis : this.axis} axes, got ${x.dtype}[${shape.join(', ')}]; reshape the ` +
          "input, or change the option 'axis'",
      )
    const size = shape.slice(from).reduce((product, each) => product * each, 1)
    const flat = () => (x as Tensor).reshape([...shape.slice(0, from), size])
    return runAs('flattened', flat, [x]) as TensorOf<FlatShape<S, Axis>>
  }
}

/**
 * A layer that makes one axis of several, from axis 1 on unless `axis` says otherwise: `[batch, height, width, c] ->
 * [batch, height · width · c]`. The last axis varies fastest, so that channels come in another order than in PyTorch,
 * unless the layers before have a layout with the channels first.
 *
 * @throws ValueError unless `axis` is an integer.
 */
export function flattened<const Axis extends number = 1>(options: FlattenedOptions<Axis> = {}): Flattened<Axis> {
  checkArguments('flattened', parameters, arguments)
  return new Flattened<Axis>(options)
}
