import type { Scalar } from './set'

/** A dual number: a value and its tangent. The tangent is null where it is zero whatever the inputs. */
export class DualOf {
  readonly dtype
  constructor(
    /**
     * Identifies the derivative that the tangent belongs to. Dual numbers of other, nested derivatives count as plain
     * values.
     */
    readonly tag: object,
    readonly value: Scalar,
    readonly tangent: Scalar | null,
    /** The operation that computed it; null for inputs and constants. */
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
