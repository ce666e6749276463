import type { Subject } from '../numeric/subject'
import { scalesOf } from '../numeric/weights'
import { float64 } from '../numeric/tensors'

/** Inputs with more elements are tried at this many of them. */
const mostEntries = 24

/**
 * Whether each entry of a function changes the output entry at its own position alone, as far as moved entries show. At
 * a kink, such a function has one derivative from each side, and any derivative between them is a convention. Where
 * entries move each other's outputs, as the ties of a sort do, there are more than two.
 */
export function actsElementwise({ inputs, call }: Subject): boolean {
  const base = call(inputs)
  const [output] = base
  if (base.length !== 1 || inputs.some(({ shape }) => shape.join() !== output.shape.join())) return false
  return inputs.every((input, i) => {
    const scales = scalesOf(input.data as Float64Array)
    const stride = Math.ceil(input.size / mostEntries)
    for (let at = 0; at < input.size; at += stride)
      for (const step of [0.25, -0.25]) {
        const data = Float64Array.from(input.data)
        data[at] += step * scales[at]
        const [moved] = call(inputs.with(i, float64(data, input.shape)))
        if (moved.data.some((value, k) => k !== at && !Object.is(value, output.data[k]))) return false
      }
    return true
  })
}
