import { type Kind, options } from '../../arguments/arguments'
import { floatOperand, onTensor, scalar } from '../../recording/operands'
import type { Tensor } from '../../values/tensor'
import { checkFits, type Parameter } from '../random/parameters'

/** The parameters of a distribution by name. */
export type Parameters<Name extends string> = { readonly [Key in Name]?: Parameter }

/**
 * A log-density with the given parameters, and what they are by default: null for none. The density gets them as
 * tensors of the dtype of x where they are numbers, so that their logarithms have its precision.
 */
/* @__NO_SIDE_EFFECTS__ */
export function logDensity<Signature, Name extends string>(
  name: string,
  kinds: Readonly<Record<Name, Kind>>,
  defaults: Partial<Record<NoInfer<Name>, number | null>>,
  density: (x: Tensor, parameters: { readonly [Key in NoInfer<Name>]: Tensor }) => Tensor,
): Signature {
  const names = Object.keys(kinds) as Name[]
  const needed = names.filter((each) => !(each in defaults))
  return onTensor<Signature>(
    name,
    [floatOperand, options(kinds, needed)],
    (x: Tensor, given: Parameters<Name> = {}) => {
      const values = names.map((each) => {
        const value = given[each] ?? defaults[each] ?? null
        if (value === null) return [each, undefined]
        checkFits(name, each, value, x.shape)
        return [each, typeof value === 'number' ? scalar(name, value, x.dtype) : value]
      })
      return density(x, Object.fromEntries(values))
    },
  )
}
