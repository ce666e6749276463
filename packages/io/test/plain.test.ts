import { Worker } from 'node:worker_threads'
import { key, tensor, type Tensor, zeros } from '@cotangent/core'
import { fromPlain, type Plain, toPlain, transferables } from '@cotangent/io'
import { dense, sequential, Sequential, sigmoid } from '@cotangent/nn'
import fc from 'fast-check'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { runs } from '../../../test/effort'
import { anyTensor, errorOf, identity } from './fixtures'

describe('a tree as plain data', () => {
  it('comes back from structuredClone, bit for bit', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), anyTensor, { minKeys: 1 }), (tree) => {
        fc.pre(!Object.hasOwn(tree, '__metadata__'))
        const back = fromPlain(structuredClone(toPlain(tree)), tree)
        for (const name of Object.keys(tree)) expect(identity(back[name])).toEqual(identity(tree[name]))
      }),
      { numRuns: runs(60) },
    )
  })

  it('goes to a worker and comes back without a copy', async () => {
    const net = sequential(dense(2, 3, { key: key(1) }), sigmoid)
    const plain = toPlain(net)
    const worker = new Worker(
      `const { parentPort } = require('node:worker_threads')
       parentPort.once('message', (plain) => {
         for (const { data } of Object.values(plain)) data.forEach((value, i) => (data[i] = 2 * value))
         parentPort.postMessage(plain, Object.values(plain).map(({ data }) => data.buffer))
       })`,
      { eval: true },
    )
    const answer = new Promise<Plain>((resolve) => worker.once('message', resolve))
    worker.postMessage(plain, transferables(plain))
    expect(plain['layers.0.weight'].data).toHaveLength(0)
    const back = fromPlain(await answer, net)
    await worker.terminate()
    expectTypeOf(back).toEqualTypeOf(net)
    expect(back).toBeInstanceOf(Sequential)
    expect(back.layers[1]).toBe(sigmoid)
    expect([...back.layers[0].weight.data]).toEqual([...net.layers[0].weight.data].map((w) => 2 * w))
    expect((await errorOf(() => fromPlain(plain, net))).message).toContain('an array that was transferred is empty')
  })

  it('keeps what is shared', () => {
    const w = tensor([1])
    const back = fromPlain(toPlain({ a: w, b: w }), { a: w, b: w })
    expect(back.a).toBe(back.b)
  })

  it('lists all that does not fit', async () => {
    const like = { a: zeros([2]) as Tensor, b: zeros([1], { dtype: 'int32' }) as Tensor }
    const { message } = await errorOf(() => fromPlain(toPlain({ a: zeros([3]), c: zeros([1]) }), like))
    expect(message).toContain('got 3 differences')
    for (const line of ["missing: 'b'", "unexpected: 'c'", "wrong shape: 'a'"]) expect(message).toContain(line)
  })
})
