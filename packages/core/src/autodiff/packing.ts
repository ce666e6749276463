import type { Contribution, Masked } from '../recording/mask'
import type { Places } from '../recording/mask'
import type { Mask } from '../recording/mask'
import type { Tensor } from '../values/tensor'
import { cleaned, placesOf, softMask, hardMask, whole } from './masks'

// Derivatives with masks as flat lists of tensors, for graphs that take and return them.

/** The parts of a derivative: none, a value, or a value with a mask that is hard, soft, or has both parts. */
export type Parts = 'none' | 'whole' | 'hard' | 'soft' | 'both'

/** The parts of a derivative. */
export function partsOf(given: Contribution): Parts {
  if (given === null) return 'none'
  const { mask } = given
  if (mask === null) return 'whole'
  return mask.hard === mask.places ? 'hard' : mask.hard === null ? 'soft' : 'both'
}

/** The mask of a derivative as tensors: its places and, if they differ, its hard places. null: everywhere. */
export function masksOf(given: Contribution): readonly (Tensor | null)[] {
  const mask = given?.mask
  if (!mask) return []
  const { places, hard } = mask
  return hard === null || hard === places ? [places.mask] : [places.mask, hard.mask]
}

/** A mask with the given parts. `places` returns the places at a position of the list of `masksOf`. */
export function maskWith(parts: Parts, places: (position: number) => Places): Mask | null {
  switch (parts) {
    case 'none':
    case 'whole':
      return null
    case 'hard':
      return hardMask(places(0))
    case 'soft':
      return softMask(places(0))
    case 'both':
      return { places: places(0), hard: places(1) }
  }
}

/** Derivatives as tensors, with clean values. */
export function pack(given: readonly Contribution[]): { parts: readonly Parts[]; tensors: readonly Tensor[] } {
  const simple = given.map((each) => each && withMadeMask(cleaned(each)))
  const tensors = simple.flatMap((each) => (each === null ? [] : [each.value, ...(masksOf(each) as Tensor[])]))
  return { parts: simple.map(partsOf), tensors }
}

/** The derivative without a mask that is true everywhere. Computes the mask. */
function withMadeMask(given: Masked): Masked {
  const { mask } = given
  if (mask === null) return given
  const isEverywhere = (places: Places | null) => places === null || places.mask === null
  if (isEverywhere(mask.places)) return whole(given.value)
  return { ...given, mask: isEverywhere(mask.hard) ? softMask(mask.places) : mask }
}

/** The inverse of `pack`. */
export function unpack(parts: readonly Parts[], tensors: readonly Tensor[]): Contribution[] {
  let at = 0
  return parts.map((each) => {
    if (each === 'none') return null
    const value = tensors[at++]
    const mask = maskWith(each, (position) => placesOf(value.shape, () => masks[position]))
    const masks = tensors.slice(at, (at += mask === null ? 0 : each === 'both' ? 2 : 1))
    return { value, mask, clean: true }
  })
}
