import type { Shape } from '../types/shapes'
import type { Tensor } from '../values/tensor'

/** The positions along each axis, as ones among zeros; null: all of them. The box holds what is in all of them. */
export type Box = readonly (Uint8Array | null)[]

/** What is known of places before they are a tensor. */
export interface Known {
  /** They are a box, which needs no values. */
  readonly box?: () => Box
  /** No line along this axis is without one of them. */
  readonly crossing?: number
}

/**
 * A set of entries of a tensor, kept as the way to make a boolean mask of it. Most masks are never asked for, and cost nothing.
 *
 * NOTE: what `make` closes over stays alive as long as the set. It closes over a condition or a box, not over a node or a cotangent.
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

  /** True at the entries of the set; null where these are all entries. */
  get mask(): Tensor | null {
    if (this.#make !== null) {
      const mask = this.#make()
      this.#mask = mask === null || isTrueThroughout(mask) ? null : mask
      this.#make = null
    }
    return this.#mask
  }

  /** The set as a box, where it is known to be one. */
  get box(): Box | null {
    if (this.#box === undefined && this.known.box) this.#box = this.known.box()
    return this.#box ?? null
  }

  get crossing(): number | null {
    return this.known.crossing ?? null
  }
}

/** Only constants are looked at: reading what was computed would make a compiled program differ from an eager one, and stall a device. */
function isTrueThroughout(mask: Tensor): boolean {
  if (mask.producer !== null || mask.isSymbolic || mask.home !== null) return false
  return !mask.values!.includes(0)
}

/** The entries of a derivative that can be other than zero. */
export interface Mask {
  readonly places: Places
  /** What is left of the mask where its soft part ends; null: nothing. Equal to `places` where no part is soft. */
  readonly hard: Places | null
}

/**
 * A cotangent or tangent with the entries that can be other than zero. The others are zero by structure: a branch was not taken, an entry
 * not picked. They stay zero, though a derivative is infinite there: a product with it is NaN, and zero is put back by the mask.
 */
export interface Masked {
  readonly value: Tensor
  /** null: all entries can be other than zero. */
  readonly mask: Mask | null
  /** Whether `value` is zero where the mask is false. Else it holds anything there, and is cleaned before entries are combined. */
  readonly clean: boolean
}

/** What reaches a tensor on one path; null where nothing does. */
export type Contribution = Masked | null
