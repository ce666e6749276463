import { less, matmul, sum, tensor, type Tensor, tanh, where, zeros } from '@cotangent/core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { chooseBackend } from '../../src/backends/backend'
import { interpreter } from '../../src/backends/reference/backend'
import { wasm } from '../../src/backends/wasm/backend'
import { executeEagerly } from '../../src/backends/wasm/eager'
import { patterns } from './bit-patterns'
import { interpreted } from './interpreted'
import { needSameBits } from './same-bits'

const ran: boolean[] = []

// The backend, telling whether a call ran on a kernel.
beforeAll(() =>
  chooseBackend({
    ...wasm,
    execute(work, inputs, output) {
      const result = executeEagerly(work, inputs, output)
      ran.push(result !== null)
      return result ?? interpreter.execute(work, inputs, output)
    },
  }),
)
afterAll(() => chooseBackend(wasm))

/**
 * Compares an eager call with the interpreter. A kernel is compiled at the second call, so that only the third is sure
 * to use it.
 */
function needKernel(call: () => Tensor): void {
  const expected = interpreted(call)
  for (let i = 0; i < 3; i++) needSameBits('eager', [call()], [expected])
  expect(ran.at(-1)).toBe(true)
}

const block = 2 ** 14

// The sizes around a block are those at which the last block overlaps the one before.
it.each([block - 1, block, block + 1, 2 * block, 2 * block + 4099])(
  'elementwise ops take %i elements in blocks',
  (size) => {
    for (const dtype of ['float32', 'float64', 'int32'] as const) {
      const [x, y, one] = [patterns(dtype, size, 0), patterns(dtype, size, 1), patterns(dtype, 1, 2)]
      needKernel(() => x.mul(y) as Tensor)
      needKernel(() => x.sub(one) as Tensor)
      needKernel(() => one.reshape([]).sub(x) as Tensor)
      needKernel(() => less(x, y) as Tensor)
      needKernel(() => where(less(x, one), x, y) as Tensor)
    }
  },
)

it('a block of a tensor of several axes is one of its elements in a row', () => {
  const shape = [3, 5, 1201] as const
  const x = patterns('float32', 3 * 5 * 1201, 0).reshape([...shape]) as Tensor
  needKernel(() => x.add(x.reshape([1, ...shape]).reshape([...shape])) as Tensor)
  needKernel(() => x.add(patterns('float32', 1, 3).reshape([1, 1, 1])) as Tensor)
  needKernel(() => x.add(patterns('float32', 1201, 4)) as Tensor)
  needKernel(() => x.add(patterns('float32', 15, 5).reshape([3, 5, 1])) as Tensor)
})

it('kernels find their operands again after the memory has grown', () => {
  const x = patterns('float32', 4096, 0)
  needKernel(() => tanh(x) as Tensor)
  needKernel(() => matmul(zeros([8192, 64]), zeros([64, 4])) as Tensor)
  needKernel(() => tanh(x) as Tensor)
})

it('what few elements cost is told by the instructions of an op', () => {
  const x = patterns('float32', 512, 0)
  needKernel(() => tanh(x) as Tensor)
  const used = (call: () => Tensor) => [1, 2, 3].map(() => (call(), ran.at(-1)))
  expect(used(() => x.add(x) as Tensor)).toEqual([false, false, false])
})

it('int32 sums wrap, also where float64 would round', () => {
  const size = 2 ** 22 + 2 ** 10 + 3
  const x: Tensor = tensor(new Int32Array(size).fill(2 ** 31 - 1))
  const expected = Number(BigInt.asIntN(32, BigInt(size) * (2n ** 31n - 1n)))
  expect([1, 2].map(() => sum(x).item())).toEqual([expected, expected])
})
