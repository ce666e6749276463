import { flatten, mapTree, neg, tensor, type Tensor, tree, treeLeaves, zerosLike } from '@cotangent/core'
import { describe, expect, it } from 'vitest'

class Point {
  constructor(
    readonly x: Tensor,
    public label: string,
  ) {}
  get doubled(): Tensor {
    return this.x.mul(2) as Tensor
  }
}

describe('trees', () => {
  it('gives functions that need a tensor alone no path', () => {
    const model = { w: tensor([1, 2]), b: [tensor(3)] }
    expect(mapTree(neg, model).b[0].item()).toBe(-3)
    expect(mapTree(zerosLike, model).w.toArray()).toEqual([0, 0])
  })

  it('lists leaves with their paths, shared ones once', () => {
    const shared = tensor(1)
    const flat = flatten({ a: shared, b: [tensor(2), { c: shared }], n: 3, f: () => 0 })
    expect(flat.leaves.map((leaf) => leaf.item())).toEqual([1, 2])
    expect(flat.paths).toEqual([['a'], ['b', 0]])
    expect([...flat.byPath.keys()]).toEqual(['a', 'b[0]', 'b[1].c'])
  })

  it('rebuilds instances with prototype, statics, accessors and frozenness, without running the constructor', () => {
    const point = Object.freeze(new Point(tensor(1), 'p'))
    const copy = mapTree((leaf) => leaf.add(1) as Tensor, { point, plain: [1, 'two', null] })
    expect(copy.point).toBeInstanceOf(Point)
    expect(copy.point.x.item()).toBe(2)
    expect(copy.point.label).toBe('p')
    expect(copy.point.doubled.item()).toBe(4)
    expect(Object.isFrozen(copy.point)).toBe(true)
    expect(Object.keys(copy.point)).toEqual(['x', 'label'])
    expect(copy.plain).toEqual([1, 'two', null])
  })

  it('keeps sharing of leaves and of objects', () => {
    const leaf = tensor(1)
    const layer = { weight: leaf }
    const copy = mapTree((each) => each.add(1) as Tensor, { first: layer, second: layer, tied: leaf })
    expect(copy.first).toBe(copy.second)
    expect(copy.tied).toBe(copy.first.weight)
  })

  it('leaves objects without tensors as they are', () => {
    const config = { rate: 1, nested: [1, 2] }
    expect(mapTree((leaf) => leaf, { config, w: tensor(1) }).config).toBe(config)
  })

  it('walks further trees by path, whatever they share', () => {
    const same = tensor(5)
    const sums = mapTree((a, _, b) => a.add(b) as Tensor, { u: tensor(1), v: tensor(2) }, { u: same, v: same })
    expect([sums.u.item(), sums.v.item()]).toEqual([6, 7])
    expect(() => mapTree((a) => a, { u: tensor(1) }, { v: tensor(1) })).toThrow(/no tensor at u/)
  })

  it('takes classes with private state through [tree]', () => {
    class Secret {
      #w: Tensor
      constructor(w: Tensor) {
        this.#w = w
      }
      get value() {
        return this.#w.item()
      }
      get [tree]() {
        return { flatten: () => [this.#w], unflatten: ([w]: [Tensor]) => new Secret(w) }
      }
    }
    expect(treeLeaves(new Secret(tensor(3)))).toHaveLength(1)
    const copy = mapTree((leaf) => leaf.mul(2) as Tensor, new Secret(tensor(3)))
    expect(copy).toBeInstanceOf(Secret)
    expect(copy.value).toBe(6)
  })
})
