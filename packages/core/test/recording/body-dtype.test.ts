import { type Body, bodyOf, compile, constant, defineOp, tensor, type Tensor, trace } from '@cotangent/core'
import { expect, it } from 'vitest'

const dtypes = ['bool', 'int32', 'float32', 'float64'] as const
type Attributes = { axis: number; axes: readonly number[] }
type OwnBody = Exclude<Body<Attributes>, { kind: 'map' }>

const same = (dtype: string) => dtype
const counted = (dtype: string) => (dtype === 'bool' ? 'int32' : dtype)
const position = () => 'int32'

const bodies: Record<string, readonly [body: OwnBody, drops: boolean, gives: (from: string) => string]> = {
  cumsum: [bodyOf('accumulate', ({ axis }) => ({ combine: 'sum', axis })), false, counted],
  argsort: [bodyOf('argsort', ({ axis }) => ({ axis })), false, position],
  sum: [bodyOf('reduce', ({ axes }) => ({ combine: 'sum', axes })), true, same],
  max: [bodyOf('reduce', ({ axes }) => ({ combine: 'maximum', axes })), true, same],
  argmax: [bodyOf('reduce', ({ axes }) => ({ combine: 'argmaximum', axes })), true, position],
}

const cases = Object.keys(bodies).flatMap((name) => dtypes.map((from) => [name, from] as const))

it.each(cases)('an op states the dtype that its body, %s of %s, makes', (name, from) => {
  const [body, drops, gives] = bodies[name]
  for (const to of dtypes) {
    const op = defineOp<Attributes>({
      name: 'stated',
      inputs: 1,
      infer: ([type]) => ({ shape: drops ? type.shape.slice(1) : type.shape, dtype: to }),
      body,
      law: constant,
      domain: () => ({ inputs: [{ shape: [5, 3] }], attributes: { axis: 0, axes: [0] } }),
    })
    const x = tensor([0, 1, 1, 0, 1, 0, 1, 1, 1, 0, 0, 1, 0, 1, 0], { shape: [5, 3] }).astype(from) as Tensor
    const f = (given: Tensor) => op(given, { axis: 0, axes: [0] })
    if (to === gives(from)) expect(compile(f)(x).data).toEqual(f(x).data)
    else {
      const refused = expect.objectContaining({ code: 'body-dtype' }) as Error
      expect(() => f(x)).toThrow(refused)
      expect(() => compile(f)(x)).toThrow(refused)
      // Nothing is computed in a trace.
      expect(trace(f, x).nodes).toHaveLength(1)
    }
  }
})
