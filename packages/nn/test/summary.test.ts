import {
  checkpoint,
  cond,
  grad,
  inlined,
  key,
  matmul,
  normal,
  ones,
  scan,
  splitKey,
  sum,
  tensor,
  type Tensor,
  trace,
  tree,
  vmap,
  zeros,
} from '@cotangent/core'
import {
  batchNorm,
  type BatchNorm,
  dense,
  type Dense,
  dropout,
  evaluating,
  forwardWithState,
  type Mode,
  relu,
  sequential,
  type Summary,
  summary,
  training,
} from '@cotangent/nn'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../test/effort'

const [k1, k2, k3] = splitKey(key(1), 3)
const square = dense(8, 8, { key: k1 })
const x = zeros([4, 8])
const row = ({ rows }: Summary, path: string) => rows.find((each) => each.path === path)!
const paths = ({ rows }: Summary) => rows.map(({ path }) => path)
const total = ({ rows }: Summary, of: 'parameters' | 'state' | 'flops' | 'multiplyAdds') =>
  rows.reduce((all, each) => all + each[of], 0)

describe('summary', () => {
  const net = sequential(
    dense(784, 128, { key: k1, activation: relu }),
    batchNorm(128),
    dropout(0.5),
    relu,
    sequential(dense(128, 10, { key: k2 })),
  )

  it('prints a table', () => {
    expect(String(summary(net, zeros([32, 784]), evaluating))).toMatchInlineSnapshot(`
      "                     layer       output     parameters  state      FLOPs  multiply-adds
      ---------------------------------------------------------------------------------------
      model                Sequential  [32, 10]
      layers[0]            Dense       [32, 128]     100,480         6,430,720      3,211,264
      layers[1]            BatchNorm   [32, 128]         256    257     16,769
      layers[2]            Dropout     [32, 128]
      layers[3]            relu        [32, 128]                         4,096
      layers[4]            Sequential  [32, 10]
      layers[4].layers[0]  Dense       [32, 10]        1,290            82,240         40,960
      ---------------------------------------------------------------------------------------
      parameters: 102,026
      state: 257 numbers
      memory: 409,132 bytes
      FLOPs: 6,533,825, with 3,252,224 multiply-adds"
    `)
  })

  it('counts what a layer costs by the closed form, and each number once', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 5 }),
        (batch, sizes) => {
          const layers = sizes.slice(1).map((outputs, i) => dense(sizes[i], outputs, { key: k1 }))
          const report = summary(sequential(...(layers as never[])) as never, zeros([batch, sizes[0]]))
          layers.forEach((_, i) => {
            const [inputs, outputs] = [sizes[i], sizes[i + 1]]
            expect(row(report, `layers[${i}]`)).toMatchObject({
              layer: 'Dense',
              output: [[batch, outputs]],
              parameters: inputs * outputs + outputs,
              multiplyAdds: batch * inputs * outputs,
              flops: 2 * batch * inputs * outputs + batch * outputs,
            })
          })
          expect(report.totals.parameters).toBe(total(report, 'parameters'))
          expect(report.totals.bytes).toBe(4 * report.totals.parameters)
        },
      ),
      { numRuns: runs(20) },
    )
  })

  it('adds up to the cost of the graph, in training too', () => {
    const mode = training(k3)
    for (const each of [evaluating, mode]) {
      const report = summary(net, zeros([32, 784]), each)
      const call = (m: typeof net, a: Tensor, given: Mode) =>
        given.isTraining ? m.forwardWithState(a, given) : m.forward(a, given)
      const { flops } = trace(call, net, zeros([32, 784]), each).cost()
      expect(report.totals.flops).toBe(flops)
      expect(total(report, 'flops')).toBe(flops)
      expect(total(report, 'state')).toBe(257)
    }
    expect(row(summary(net, zeros([32, 784]), mode), 'layers[2]').flops).toBeGreaterThan(32 * 128)
  })

  it('requires the mode as the model does, and passes on what layers throw', () => {
    expect(() => summary(net, zeros([32, 784]))).toThrow(expect.objectContaining({ code: 'missing-mode' }))
    expect(() => summary(net, zeros([32, 7]), evaluating)).toThrow('[dense] expected rows of 784 numbers')
    expect(() => summary({ net }, zeros([32, 784]))).toThrow('pass a function that calls it in place of the input')
    expect(() => summary(net, [32, 784])).toThrow('pass a tensor such as zeros([32, 784])')
  })

  it('takes classes of the user at any depth, frozen ones too, and does not change them', () => {
    class Block {
      constructor(
        readonly inner: { forward(x: Tensor): Tensor },
        readonly scale: Tensor,
      ) {
        Object.freeze(this)
      }
      forward(a: Tensor): Tensor {
        return a.add(this.scaled(a))
      }
      scaled(a: Tensor): Tensor {
        return this.inner.forward(a).mul(this.scale)
      }
    }
    const blocks = Object.freeze([new Block(square, tensor(2)), new Block(sequential(square, relu), tensor(1))])
    const model = { blocks, head: dense(8, 3, { key: k2 }) }
    const before = [model, ...blocks, square].map((each) => Object.getOwnPropertyDescriptors(each))
    const report = summary(model, (m) => m.head.forward(m.blocks.reduce((a, block) => block.forward(a), x as Tensor)))
    expect([model, ...blocks, square].map((each) => Object.getOwnPropertyDescriptors(each))).toEqual(before)
    expect(paths(report)).toEqual(
      ['', 'blocks[0]', 'blocks[0].inner', 'blocks[1]', 'blocks[1].inner', 'blocks[1].inner.layers[0]', 'blocks[1].inner.layers[1]', 'head'], // prettier-ignore
    )
    expect(row(report, 'blocks[1]')).toMatchObject({ layer: 'Block', calls: 1, parameters: 1, flops: 64 })
    // Counted once, for both calls.
    expect(row(report, 'blocks[0].inner')).toMatchObject({ calls: 2, parameters: 72, multiplyAdds: 2 * 4 * 64 })
    expect(row(report, 'blocks[1].inner.layers[0]')).toMatchObject(
      { sharedWith: 'blocks[0].inner', parameters: 0, sharedParameters: 72, flops: 0 }, // prettier-ignore
    )
    expect(report.totals.parameters).toBe(72 + 2 + 27)
    expect(String(report)).toContain('Dense, as blocks[0].inner')
  })

  it('takes functions: as layers of lists, as the model, and as fields of plain objects', () => {
    const double = (a: Tensor) => a.mul(2)
    expect(
      paths(
        summary(
          sequential(square, double, (a: Tensor) => a.neg()),
          x,
        ),
      ),
    ).toEqual(
      ['', 'layers[0]', 'layers[1]', 'layers[2]'], // prettier-ignore
    )
    expect(summary(double, x).rows).toMatchObject([{ path: '', layer: 'double', flops: 32 }])
    const alone = summary(ones([3]), (w: Tensor) => w.mul(2))
    expect(alone.rows).toMatchObject([{ path: '', layer: 'Tensor', parameters: 3, flops: 3 }])
    const report = summary({ square, double, unused: double }, (m) => m.double(m.square.forward(x)))
    expect(paths(report)).toEqual(['', 'square', 'double'])
    const object = { w: ones([8, 2]), forward: (a: Tensor) => a.sum() }
    expect(row(summary(object, x), '')).toMatchObject({ calls: 1, parameters: 16, output: [[]] })
  })

  it('takes classes with private fields', () => {
    class Hidden {
      readonly #w: Tensor
      readonly #activation: (a: Tensor) => Tensor
      constructor(w: Tensor, activation: (a: Tensor) => Tensor) {
        this.#w = w
        this.#activation = activation
        Object.freeze(this)
      }
      get [tree]() {
        const activation = this.#activation
        return {
          flatten: () => ({ w: this.#w, activation }),
          unflatten: ({ w }: { w: Tensor }) => new Hidden(w, activation),
        }
      }
      get size(): number {
        return this.#w.size
      }
      forward(a: Tensor): Tensor {
        return this.#activation(this.#product(a)).div(this.size)
      }
      #product(a: Tensor): Tensor {
        return matmul(a, this.#w)
      }
    }
    class Scale {
      readonly #factor = 3
      forward(a: Tensor): Tensor {
        return a.mul(this.#factor)
      }
    }
    const report = summary(sequential(new Hidden(ones([8, 2]), relu), new Scale(), relu), x)
    expect(row(report, 'layers[0]')).toMatchObject({ layer: 'Hidden', parameters: 16, flops: 2 * 64 + 8 + 8 })
    expect(row(report, 'layers[1]')).toMatchObject({ layer: 'Scale', calls: 1, flops: 8 })
    expect(summary(new Scale(), x).totals.flops).toBe(32)
  })

  it('finds the layer of an operation inside of vmap, loops, checkpoints and gradients', () => {
    const model = { square, head: dense(8, 8, { key: k2 }) }
    type Model = typeof model
    const both = (m: Model, a: Tensor): Tensor => m.head.forward(m.square.forward(m.square.forward(a)))
    const ways: Record<string, (m: Model) => unknown> = {
      plain: (m) => both(m, x),
      vmap: (m) => vmap((a: Tensor) => both(m, a))(x),
      checkpoint: (m) => checkpoint((own: Model, a: Tensor) => both(own, a))(m, x),
      scan: (m) => scan((_: Tensor, a: Tensor) => [both(m, a), null], x.at(0), x)[0],
      cond: (m) => cond(sum(m.square.bias).greater(0), () => both(m, x), () => x.neg()), // prettier-ignore
    }
    for (const [name, way] of Object.entries(ways)) {
      const report = summary(model, way)
      const products = ['square', 'head'].map((path) => row(report, path).multiplyAdds)
      expect([name, ...products]).toEqual([name, 2 * 4 * 64, 4 * 64])
      expect(total(report, 'flops')).toBe(trace(way, model).cost().flops)
    }
    const backward = summary(model, (m) => grad((own: Model) => sum(both(own, x)))(m))
    // Nothing needs the product of the head, whose result is only added up, nor the cotangents of the input.
    expect(row(backward, 'head').multiplyAdds).toBe(2 * 4 * 64)
    expect(row(backward, 'square').multiplyAdds).toBe((2 + 3) * 4 * 64)
    expect(row(summary(model, inlined(ways.checkpoint)), 'head').multiplyAdds).toBe(4 * 64)
  })

  it('follows state through layers that are called twice', () => {
    const norm = batchNorm(8)
    class Twice {
      constructor(readonly norm: BatchNorm<8>) {}
      forwardWithState(a: Tensor, mode: Mode): [Tensor, Twice] {
        const [once, next] = forwardWithState(this.norm, a, mode)
        const [twice, last] = forwardWithState(next, once, mode)
        return [twice, new Twice(last)]
      }
      forward(a: Tensor, mode: Mode): Tensor {
        return this.norm.forward(this.norm.forward(a, mode), mode)
      }
    }
    const report = summary(new Twice(norm), normal(k1, [4, 8]), training(k2))
    expect(row(report, 'norm')).toMatchObject({ calls: 2, output: [[4, 8]], state: 17 })
    expect(row(report, '').flops).toBe(0)
    const listed = summary(sequential(norm, relu, norm), normal(k1, [4, 8]), training(k2))
    expect(row(listed, 'layers[0]')).toMatchObject({ calls: 2, output: [[4, 8]] })
    expect(row(listed, '').flops).toBe(0)
  })

  it('counts tensors that several layers share once, and what is trained', () => {
    const first = dense(8, 8, { key: k1 })
    const second: Dense = Object.assign(Object.create(Object.getPrototypeOf(first) as object) as Dense, first)
    const model = { first, second }
    const report = summary(model, (m) => m.second.forward(m.first.forward(x)))
    expect(row(report, 'second')).toMatchObject({ parameters: 0, sharedParameters: 72, calls: 1, sharedWith: null })
    expect(report.totals).toMatchObject({ parameters: 72, trainable: 72 })
    const where = (leaf: Tensor) => leaf.rank > 1
    expect(summary(square, x, undefined, { where }).totals).toMatchObject({ parameters: 72, trainable: 64 })
    expect(String(summary(square, x, undefined, { where }))).toContain('parameters: 72, trainable 64')
  })
})
