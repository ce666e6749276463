import type { Shape } from '../types/shapes'
import type { Tensor } from '../values/tensor'
import { uniformValue } from '../values/uniform'

/**
 * A set of positions along each axis: 1 where a position is in the set, null for all positions. The box is their
 * product.
 */
export type Box = readonly (Uint8Array | null)[]

/** Facts about places that are known before their mask is computed. */
export interface Known {
  /** The places as a box, which is computed without values. */
  readonly box?: () => Box
  /** An axis along which every line contains at least one of the places. */
  readonly crossing?: number
}

/**
 * A set of entries of a tensor. Its boolean mask is computed lazily: most masks are never needed, and cost nothing.
 *
 * NOTE: Values that `make` closes over stay alive as long as the set does. It may close over a condition or a box, but
 * not over a node or a cotangent.
 */
export class Places {
  #make: (() => Tensor | null) | null
  #mask: Tensor | null = null
  #box: Box | undefined

  constructor(
    readonly shape: Shape,
    make: () => Tensor | null,
    private readonly known: Known = {},
  ) {
    this.#make = make
  }

  /** True at the entries of the set; null if the set holds all entries. */
  get mask(): Tensor | null {
    if (this.#make !== null) {
      const mask = this.#make()
      this.#mask = mask === null || isTrueThroughout(mask) ? null : mask
      this.#make = null
    }
    return this.#mask
  }

  /** The set as a box; null if it is not known to be one. */
  get box(): Box | null {
    if (this.#box === undefined && this.known.box) this.#box = this.known.box()
    return this.#box ?? null
  }

  get crossing(): number | null {
    return this.known.crossing ?? null
  }
}

/**
 * Whether a constant mask is true everywhere. A computed mask is not read: that would make a compiled program differ
 * from an eager one, and stall a device.
 */
function isTrueThroughout(mask: Tensor): boolean {
  if (mask.producer !== null) return false
  const value = uniformValue(mask)
  if (value !== undefined) return value !== 0
  if (mask.isSymbolic || mask.storage !== null) return false
  return !mask.values!.includes(0)
}

/** The entries of a derivative that can be nonzero. */
export interface Mask {
  readonly places: Places
  /** The mask without its soft part; null if nothing is left. Equal to `places` if no part is soft. */
  readonly hard: Places | null
}

/**
 * A cotangent or tangent with the set of entries that can be nonzero. The other entries are structural zeros: a branch
 * was not taken, or an entry was not selected. They stay zero even if a derivative is infinite there: 0 times infinity
 * is NaN, and the mask restores the zero.
 */
export interface Masked {
  readonly value: Tensor
  /** null: all entries can be nonzero. */
  readonly mask: Mask | null
  /**
   * Whether `value` is zero where the mask is false. If not, it can hold anything there, and is cleaned before entries
   * are combined.
   */
  readonly clean: boolean
}

/** The derivative that reaches a tensor on one path; null if none does. */
export type Contribution = Masked | null
