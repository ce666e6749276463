import type { DType } from '../values/dtype'
import type { Body, Kind } from './work'
import { isPosition } from './space'

type Gives<K extends Kind> = (body: Extract<Body, { kind: K }>, inputs: readonly DType[], dtype: DType) => boolean

const allAre = (_: Body, inputs: readonly DType[], dtype: DType) => inputs.every((input) => input === dtype)
const firstIs = (_: Body, [input]: readonly DType[], dtype: DType) => input === dtype

const gives = {
  map: ({ program }, inputs, dtype) => program(inputs).dtype === dtype,
  reduce: ({ combine }, [input], dtype) => dtype === (isPosition(combine) ? 'int32' : input),
  scan: (_, [input], dtype) => dtype === (input === 'bool' ? 'int32' : input),
  order: (_, __, dtype) => dtype === 'int32',
  contract: allAre,
  move: allAre,
  gather: firstIs,
  scatter: firstIs,
  opaque: () => true,
} satisfies { [K in Kind]: Gives<K> }

/**
 * Whether a body gives elements of this dtype by itself. An op may state another for its result: the reference converts each
 * element as it stores it, while compiled kernels would store the bits of what they computed.
 */
export function givesDType(body: Body, inputs: readonly { readonly dtype: DType }[], dtype: DType): boolean {
  const dtypes = inputs.map((input) => input.dtype)
  return (gives[body.kind] as Gives<Kind>)(body, dtypes, dtype)
}
