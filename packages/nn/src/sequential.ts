import { type Tensor, ValueError } from '@cotangent/core'

/** Anything that can stand in a sequence: an object with `forward`, or a function of a tensor. */
export type Layer = { forward(x: any): Tensor } | ((x: any) => Tensor)

type IsAny<T> = 0 extends 1 & T ? true : false

/** How many numbers a row of the tensor has; `any` where that is not known. */
type RowSize<T> =
  T extends Tensor<infer S>
    ? IsAny<S> extends true
      ? any
      : S extends readonly [number, infer N extends number]
        ? N
        : any
    : any

/** What goes into a layer and what comes out of it. Ops take numbers too, which no layer gives. */
type Ends<L> = L extends { forward(x: infer X): infer Y }
  ? [X, Y]
  : L extends (x: infer X) => infer Y
    ? [Exclude<X, number>, Y]
    : never

/** A function that takes every shape and gives it back, such as an activation. */
type KeepsShape<L> =
  Ends<L> extends [Tensor<infer S>, Tensor<infer T>]
    ? IsAny<S> extends true
      ? false
      : number extends S['length']
        ? number extends T['length']
          ? true
          : false
        : false
    : false

type Takes<L> = RowSize<Ends<L>[0]>
type Gives<L, Before> = KeepsShape<L> extends true ? Before : RowSize<Ends<L>[1]>

declare const mismatch: unique symbol

/** What a layer must be where it does not fit; no layer is, so that the message is shown. */
interface Mismatch<Message extends string> {
  readonly [mismatch]: Message
}

type Fits<Before, L> =
  IsAny<Before> extends true
    ? true
    : IsAny<Takes<L>> extends true
      ? true
      : number extends Before | Takes<L>
        ? true
        : Before extends Takes<L>
          ? true
          : false

/** The list itself where every layer fits the one before it, with a message in place of one that does not. */
export type Chained<L extends readonly unknown[], Before = any> = L extends readonly [infer First, ...infer Rest]
  ? [
      Fits<Before, First> extends true
        ? First
        : Mismatch<`the layer before gives ${Before & number} numbers a row, this one takes ${Takes<First> & number}`>,
      ...Chained<Rest, Gives<First, Before>>,
    ]
  : L

/** Numbers a row that a list of layers takes and gives; `any` where that is not known. */
export type InputOf<L extends readonly unknown[]> = L extends readonly [infer First, ...infer Rest]
  ? KeepsShape<First> extends true
    ? InputOf<Rest>
    : Takes<First>
  : any

/** Numbers a row that a list of layers gives; `any` where that is not known. */
export type OutputOf<L extends readonly unknown[], Before = any> = L extends readonly [infer First, ...infer Rest]
  ? OutputOf<Rest, Gives<First, Before>>
  : Before

type Rows<Batch extends number, N> = IsAny<N> extends true ? Tensor : Tensor<[Batch, N & number]>

/** Layers applied one after another. */
export class Sequential<L extends readonly unknown[] = readonly Layer[]> {
  constructor(readonly layers: L) {}

  /** The last layer's result: `[batch, in] -> [batch, out]`. */
  forward<Batch extends number>(x: Rows<Batch, InputOf<L>>): Rows<Batch, OutputOf<L>> {
    const apply = (a: Tensor, layer: Layer) => (typeof layer === 'function' ? layer(a) : layer.forward(a))
    return (this.layers as readonly Layer[]).reduce(apply, x) as Rows<Batch, OutputOf<L>>
  }
}

/**
 * Layers applied one after another: objects with a `forward` method, and functions such as activations. Sizes that do not
 * fit, `dense(784, 128)` before `dense(64, 10)`, do not compile.
 *
 * @throws ValueError where something is neither a function nor has a `forward` method.
 */
export function sequential<const L extends readonly Layer[]>(
  ...layers: Chained<L> extends infer C ? (L extends C ? L : C & readonly unknown[]) : never
): Sequential<L> {
  const list = layers as unknown as readonly Partial<{ forward: unknown }>[]
  const odd = list.findIndex((layer) => typeof layer !== 'function' && typeof layer?.forward !== 'function')
  if (odd >= 0)
    throw new ValueError('not-a-layer', `[sequential] layer ${odd} is neither a function nor has a forward method`)
  return new Sequential(layers as unknown as L)
}
