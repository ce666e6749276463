import {
  type Agree,
  checkArguments,
  type IsAny,
  type Kind,
  kinds,
  type Mismatch,
  runAs,
  type Shape,
  ShapeError,
  type Tensor,
} from '@cotangent/core'
import { aLayer, applied, checkOneState, forwardWithState, withFields } from '../layer'
import { orNull } from '../kinds'
import { layerArguments, type Mode, modeArguments } from '../mode'
import type { Accepted, AllAgree, Layer, ModeFor, ShapeFunction, shapes, TensorOf, Text, Through } from '../shapes'

/** Options of `residual`. */
export interface ResidualOptions<P extends Layer | null = Layer | null> {
  /** Applied to the input before it is added, where the layers change the shape. Default: none. */
  readonly projection?: P
}

const parameters = [
  aLayer,
  /* @__PURE__ */ kinds.options({ projection: aLayer } satisfies Record<keyof ResidualOptions, Kind>),
]
const constructorParameters = [aLayer, /* @__PURE__ */ kinds.optional(/* @__PURE__ */ orNull(aLayer))]

/** The shapes of a residual block. */
export interface ResidualShapes<L, P> extends ShapeFunction {
  readonly result: Added<this['given'], L, P>
}

/** The shape of a sum of two branches, or a message. */
export type Added<S, L, P> =
  Through<L, S> extends infer Y
    ? Y extends Mismatch<string>
      ? Y
      : [P] extends [null]
        ? SameShape<Y, S, `these layers make ${Text<Y>} of ${Text<S>}, which cannot be added; pass a projection`>
        : Through<P, S> extends infer X
          ? X extends Mismatch<string>
            ? X
            : SameShape<Y, X, `these layers make ${Text<Y>}, and the projection ${Text<X>}, which cannot be added`>
          : never
    : never

/** The shape of two branches; of the two, the one of known rank. */
type SameShape<A, B, Message extends string> =
  IsAny<A> extends true
    ? B
    : IsAny<B> extends true
      ? A
      : A extends readonly any[]
        ? B extends readonly any[]
          ? number extends A['length']
            ? LastAgree<A, B> extends true
              ? B
              : Mismatch<Message>
            : number extends B['length']
              ? LastAgree<A, B> extends true
                ? A
                : Mismatch<Message>
              : readonly [A['length']] extends readonly [B['length']]
                ? AllAgree<A, B> extends true
                  ? A
                  : Mismatch<Message>
                : Mismatch<Message>
          : A
        : B

/** Whether the last sizes agree, as far as they are known. */
type LastAgree<A extends Shape, B extends Shape> = A extends readonly [...any, infer X]
  ? B extends readonly [...any, infer Y]
    ? Agree<X, Y>
    : true
  : true

/** The branches that have layers. */
export type Branches<L, P> = [P] extends [null] ? [L] : [L, P]

/** Layers whose result is added to their input. */
export class Residual<L = Layer, P extends Layer | null = Layer | null> {
  declare readonly [shapes]?: ResidualShapes<L, P>

  constructor(
    /** The layers of the branch. */
    readonly inner: L,
    /** Applied to the input before it is added, or null. */
    readonly projection: P = null as P,
  ) {
    checkArguments('Residual', constructorParameters, arguments)
  }

  /** `x + inner(x)`, or `projection(x) + inner(x)`. The layers get `mode.fold(0)` and `mode.fold(1)`. */
  forward<const S extends Shape>(
    x: Tensor<S> & Accepted<Added<S, L, P>>,
    ...[mode]: ModeFor<Branches<L, P>>
  ): TensorOf<Added<S, L, P>> {
    checkArguments('residual', layerArguments, arguments)
    const y = applied('residual', this.inner as Layer, x, mode?.fold(0), 'its layers')
    const shortcut =
      this.projection === null ? x : applied('residual', this.projection, x, mode?.fold(1), 'its projection')
    return sum(y, shortcut) as TensorOf<Added<S, L, P>>
  }

  /** The result, and the block with the state of its layers after this call. */
  forwardWithState<const S extends Shape>(
    x: Tensor<S> & Accepted<Added<S, L, P>>,
    mode: Mode,
  ): [result: TensorOf<Added<S, L, P>>, layer: Residual<L, P>] {
    checkArguments('residual', modeArguments, arguments)
    const [y, inner] = forwardWithState(this.inner, x, mode.fold(0))
    const [shortcut, projection] =
      this.projection === null ? [x, this.projection] : forwardWithState(this.projection, x, mode.fold(1))
    const after = withFields<Residual<L, P>>(this, { inner, projection })
    return [sum(y, shortcut) as TensorOf<Added<S, L, P>>, checkOneState<Residual<L, P>>('residual', this, after)]
  }
}

const listed = ({ shape }: Tensor<any>) => (shape as readonly number[]).join(', ')

/** Broadcasting would hide a mistake. */
function sum(y: Tensor<any>, shortcut: Tensor<any>): Tensor {
  if (String(y.shape) !== String(shortcut.shape))
    throw new ShapeError(
      'residual-shape',
      `[residual] expected layers that give the shape of the input or its projection, [${listed(shortcut)}], got ` +
        `[${listed(y)}]; pass a layer that makes one from the other: { projection: dense(...) }`,
    )
  return runAs<Tensor>('residual', () => y.add(shortcut), [shortcut])
}

/**
 * A residual block (He et al. 2016, eq. 1 and 2): `x + inner(x)`, or `projection(x) + inner(x)` where the layers change
 * the shape. `inner` is any layer; for several, `sequential(...)`.
 *
 * @throws ValueError if `inner` or `projection` is not a layer.
 */
export function residual<L extends Layer, P extends Layer | null = null>(
  inner: L,
  options: ResidualOptions<P> = {},
): Residual<L, P> {
  checkArguments('residual', parameters, arguments)
  return new Residual<L, P>(inner, (options.projection ?? null) as P)
}
