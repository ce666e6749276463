import type { Scalar } from './set'

/** A value of a set of dual numbers with its tangent; null is a tangent that is zero whatever the inputs. */
export class DualOf {
  readonly dtype
  constructor(
    /** Whose tangent this is: in a derivative within a derivative, the other's dual numbers are plain values. */
    readonly tag: object,
    readonly value: Scalar,
    readonly tangent: Scalar | null,
    /** The operation that made it, where one did. */
    readonly name: string | null = null,
    readonly operands: readonly Scalar[] = [],
  ) {
    this.dtype = value.dtype
  }
}

export type Dual = DualOf & Scalar
export const Dual = DualOf as unknown as new (
  tag: object,
  value: Scalar,
  tangent: Scalar | null,
  name?: string,
  operands?: readonly Scalar[],
) => Dual
