import type { IsAny, Shape } from './shapes'
import type { Tensor } from '../values/tensor'

/** What a tree holds beside tensors, numbers, text, and objects that may hold tensors. */
export type Static =
  ((...args: any) => unknown) | Date | RegExp | ArrayBufferView | ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>

/** The name of a field, or `never` for a method: the methods of a model do not fit a tree of other tensors. */
export type FieldName<Name, Value> = Value extends (...args: any) => unknown ? never : Name

/**
 * A tree with a tensor of type `Leaf` in place of every tensor. Objects keep their fields, and lose the types of their
 * methods.
 */
export type WithLeaves<T, Leaf extends Tensor> =
  IsAny<T> extends true
    ? any
    : T extends Tensor
      ? Leaf
      : T extends Static
        ? T
        : T extends readonly unknown[]
          ? { [K in keyof T]: WithLeaves<T[K], Leaf> }
          : T extends object
            ? { [K in keyof T as FieldName<K, T[K]>]: WithLeaves<T[K], Leaf> }
            : T

/**
 * The result of `mapTree`: the tree with leaves of type `Leaf`. If their shape is not known, it is the type of the
 * tree, because such a tensor fits every shape.
 */
export type MappedTree<T, Leaf extends Tensor> = [Leaf] extends [Tensor<infer S extends Shape>]
  ? IsAny<S> extends true
    ? T
    : WithLeaves<T, Leaf>
  : never

/** `[...out, ...in]` for an output of shape `O`; for a tree of inputs, a tree like it. */
export type Blocks<O extends Shape, In> =
  IsAny<In> extends true
    ? any
    : In extends Tensor<infer I extends Shape>
      ? IsAny<O | I> extends true
        ? Tensor
        : Tensor<[...O, ...I]>
      : In extends Static
        ? In
        : In extends readonly unknown[]
          ? { [K in keyof In]: Blocks<O, In[K]> }
          : In extends object
            ? { [K in keyof In as FieldName<K, In[K]>]: Blocks<O, In[K]> }
            : In

/**
 * A Jacobian: `[...out, ...in]`. A tree of outputs has, in place of each tensor, a tree like the inputs. Objects keep
 * their fields, and lose the types of their methods.
 */
export type Joined<Out, In> =
  IsAny<Out> extends true
    ? any
    : Out extends Tensor<infer O extends Shape>
      ? Blocks<O, In>
      : Out extends Static
        ? Out
        : Out extends readonly unknown[]
          ? { [K in keyof Out]: Joined<Out[K], In> }
          : Out extends object
            ? { [K in keyof Out as FieldName<K, Out[K]>]: Joined<Out[K], In> }
            : Out
