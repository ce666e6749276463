import { CotangentError, type Domain, type SampleInput, type Tensor } from '@cotangent/core'
import type { AnyFunction } from '../arguments'
import { derivativeOf } from '../gradients/derivative'
import { numbersFrom } from '../numeric/random'
import { isFloating } from '../numeric/tensors'

// The domains of functions that declare none.

interface Inputs {
  readonly f: (...xs: readonly Tensor[]) => Tensor
  readonly xs: readonly Tensor[]
  readonly sample: readonly SampleInput[]
}

/** Numbers in [-2, 2] in shapes of rank 2 or less, and a wider domain: rank 3 and 4, and numbers up to 10 and 1000. */
export function guessedDomains(count: number): { readonly domain: Domain; readonly bold: Domain } {
  const inputs = (shape: readonly number[], most: number) =>
    Array.from({ length: count }, () => ({ shape, min: -most, max: most }))
  const domain: Domain = (draw) => ({ inputs: inputs(draw.shape({ maxRank: 2 }), 2), attributes: undefined })
  const bold: Domain = (draw) => {
    const shape =
      draw.integer(0, 1) === 0 ? draw.shape({ maxRank: 2 }) : draw.shape({ minRank: 3, maxRank: 4, maxSize: 3 })
    return { inputs: inputs(shape, draw.pick([2, 10, 1000])), attributes: undefined }
  }
  return { domain, bold }
}

/**
 * Whether a function accepts inputs. Errors that are not the library's count as accepting, so that they are reported.
 */
export function accepts({ f, xs }: Inputs): boolean {
  try {
    f(...xs)
    return true
  } catch (error) {
    return !(error instanceof CotangentError)
  }
}

/**
 * Whether a function takes inputs of its wider domain: it accepts them, and nothing overflows. Numbers up to 1000 can
 * overflow on the way to a finite value, and then its derivatives are not finite.
 */
export function isTaken({ f, xs, sample }: Inputs): boolean {
  const isHuge = sample.some(({ max = 0 }) => max > 10)
  const first = derivativeOf(f as AnyFunction, numbersFrom(1))
  const all = isHuge ? [f as AnyFunction, first, derivativeOf(first, numbersFrom(2))] : [f as AnyFunction]
  const single = xs.map((x) => (x.dtype === 'float64' ? x.astype('float32') : x))
  try {
    return [xs, single].every((given) => all.every((each) => isFinite(each(...given))))
  } catch (error) {
    return !(error instanceof CotangentError)
  }
}

function isFinite(result: unknown): boolean {
  const tensors = (Array.isArray(result) ? result : [result]) as readonly Tensor[]
  return tensors.filter(isFloating).every(({ data }) => data.every((value) => Number.isFinite(value)))
}
