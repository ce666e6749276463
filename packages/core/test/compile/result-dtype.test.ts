import { type Body, compile, constant, defineOp, type DType, tensor, type Tensor } from '@cotangent/core'
import { it, vi } from 'vitest'
import { interpreted } from './interpreted'
import { needSameBits } from './same-bits'

vi.mock('../../src/backends/wasm/eager', async (importOriginal) => {
  const { switchable } = await import('./interpreted')
  return switchable(await importOriginal())
})

const dtypes = ['bool', 'int32', 'float32', 'float64'] as const

const bodies: Record<string, readonly [body: Body, drops: boolean]> = {
  scan: [{ kind: 'scan' }, false],
  order: [{ kind: 'order' }, false],
  sum: [{ kind: 'reduce', combine: 'sum' }, true],
  max: [{ kind: 'reduce', combine: 'maximum' }, true],
  argmax: [{ kind: 'reduce', combine: 'argmaximum' }, true],
}

const cases = Object.keys(bodies).flatMap((name) => dtypes.map((from) => [name, from] as const))

// An op may state another dtype for its result than its kind of body gives: each element is then converted as it is stored.
it.each(cases)('%s of %s gives the bits of the reference in every dtype that an op states', (name, from) => {
  const [body, drops] = bodies[name]
  for (const to of dtypes)
    for (const shape of [[5], [5, 3], [5, 700]]) {
      const op = defineOp<{ axis: number; axes: readonly number[] }>({
        name: 'stated',
        inputs: 1,
        infer: ([type]) => ({ shape: drops ? type.shape.slice(1) : type.shape, dtype: to as DType }),
        body,
        law: constant,
        domain: () => ({ inputs: [{ shape }], attributes: { axis: 0, axes: [0] } }),
      })
      const size = shape.reduce((product, each) => product * each, 1)
      const x = tensor(
        Float64Array.from({ length: size }, (_, i) => (from === 'bool' ? i % 2 : (i * 7) % 5)),
        { shape },
      ).astype(from)
      const f = (given: Tensor) => [op(given, { axis: 0, axes: [0] })]
      const expected = interpreted(() => f(x))
      needSameBits('compiled', compile(f)(x), expected)
      // The second eager call of a shape is the first that may run on WebAssembly.
      for (let i = 0; i < 2; i++) needSameBits('run', f(x), expected)
    }
})
