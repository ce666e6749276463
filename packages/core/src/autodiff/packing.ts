import type { Contribution, Masked } from '../recording/mask'
import type { Places } from '../recording/mask'
import type { Mask } from '../recording/mask'
import type { Tensor } from '../values/tensor'
import { cleaned, placesOf, softMask, hardMask, whole } from './masks'

// Derivatives with masks as lists of tensors, for graphs that take and return such.

/** What stands for a derivative: nothing, a value, a value with a mask that is hard or soft, or one with both. */
export type Parts = 'none' | 'whole' | 'hard' | 'soft' | 'both'

/** What there is of a derivative. */
export function partsOf(given: Contribution): Parts {
  if (given === null) return 'none'
  const { mask } = given
  if (mask === null) return 'whole'
  return mask.hard === mask.places ? 'hard' : mask.hard === null ? 'soft' : 'both'
}

/** The mask of a derivative as tensors: its places and, where these are others, its hard places. null: everywhere. */
export function masksOf(given: Contribution): readonly (Tensor | null)[] {
  const mask = given?.mask
  if (!mask) return []
  const { places, hard } = mask
  return hard === null || hard === places ? [places.mask] : [places.mask, hard.mask]
}

/** The mask of the given parts; `places` gives those at a position of `masksOf`. */
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

/** Without masks that turn out to be everywhere. */
function withMadeMask(given: Masked): Masked {
  const { mask } = given
  if (mask === null) return given
  const isEverywhere = (places: Places | null) => places === null || places.mask === null
  if (isEverywhere(mask.places)) return whole(given.value)
  return { ...given, mask: isEverywhere(mask.hard) ? softMask(mask.places) : mask }
}

/** What `pack` made tensors of. */
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
