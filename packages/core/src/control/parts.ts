import { sum } from '../autodiff/masks'
import { pack, type Parts } from '../autodiff/packing'
import { ones, zeros } from '../ops/creation'
import type { Contribution } from '../recording/mask'
import type { TensorType } from '../recording/op'
import type { Tensor } from '../values/tensor'

// What a derivative consists of forms a lattice: none < hard, soft < both < whole. Steps of a loop, and the branches
// of a condition, pass derivatives of different parts to one place. There they take the least parts that hold all.

/** The least parts that hold both. */
export function joinParts(a: Parts, b: Parts): Parts {
  if (a === b || b === 'none') return a
  if (a === 'none') return b
  return a === 'whole' || b === 'whole' ? 'whole' : 'both'
}

/**
 * A derivative as the tensors of greater parts. Where it has none, it is zero, and its masks are false. `type` is that
 * of its primal.
 */
export function converted(given: Contribution, to: Parts, type: TensorType): readonly Tensor[] {
  const { parts: [from], tensors } = pack([given]) // prettier-ignore
  if (from === to) return tensors
  const filled = (make: typeof ones) => make(type.shape as number[], { dtype: 'bool' })
  const [value = zeros(type.shape as number[], { dtype: type.dtype }), places] = tensors
  const mask = from === 'none' ? filled(zeros) : (places ?? filled(ones))
  switch (to) {
    case 'none':
      return []
    case 'whole':
      return [value]
    case 'hard':
    case 'soft':
      return [value, mask]
    case 'both':
      return [value, mask, from === 'hard' ? mask : filled(zeros)]
  }
}

/** The sum of two derivatives. */
export function total(a: Contribution, b: Contribution): Contribution {
  return a === null ? b : b === null ? a : sum(a, b)
}
