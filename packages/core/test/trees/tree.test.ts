import {
  add,
  arange,
  compile,
  constant,
  defineOp,
  flatten,
  grad,
  jvp,
  mapTree,
  sum,
  tensor,
  type Tensor,
  trace,
  tree,
  treeLeaves,
} from '@cotangent/core'
import { describe, expect, it, vi } from 'vitest'

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
  it('lists leaves with their paths, shared ones once', () => {
    const shared = tensor(1)
    const flat = flatten({ a: shared, b: [tensor(2), { c: shared }], n: 3, f: () => 0 })
    expect(flat.leaves.map((leaf) => leaf.item())).toEqual([1, 2])
    expect(flat.paths).toEqual([['a'], ['b', 0]])
    expect([flat.at(['b', 1, 'c']), flat.at(['b', 0]), flat.at(['n'])]).toEqual([shared, flat.leaves[1], undefined])
  })

  it('rebuilds instances with prototype, statics, accessors and frozenness, without running the constructor', () => {
    const point = Object.freeze(new Point(tensor(1), 'p'))
    const copy = mapTree((leaf) => leaf.add(1), { point, plain: [1, 'two', null] })
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
    const copy = mapTree((each) => each.add(1), { first: layer, second: layer, tied: leaf })
    expect(copy.first).toBe(copy.second)
    expect(copy.tied).toBe(copy.first.weight)
  })

  it('leaves objects without tensors as they are', () => {
    const config = { rate: 1, nested: [1, 2] }
    expect(mapTree((leaf) => leaf, { config, w: tensor(1) }).config).toBe(config)
  })

  it('walks further trees by path, whatever they share', () => {
    const same = tensor(5)
    const sums = mapTree((a, _, b) => a.add(b), { u: tensor(1), v: tensor(2) }, { u: same, v: same })
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
    const copy = mapTree((leaf) => leaf.mul(2), new Secret(tensor(3)))
    expect(copy).toBeInstanceOf(Secret)
    expect(copy.value).toBe(6)
  })
})

describe('deep trees', () => {
  interface Link {
    w?: Tensor
    next?: Link
  }
  const linked = (depth: number, isLayered: boolean): Link => {
    let at: Link = { w: tensor(2) }
    for (let i = 0; i < depth; i++) at = isLayered ? { next: at, w: tensor(1) } : { next: at }
    return at
  }
  const last = (link: Link): Tensor => {
    let at = link
    while (at.next) at = at.next
    return at.w!
  }
  const f = (link: Link) => last(link).mul(3) as Tensor

  it.each([
    [3000, true],
    [20_000, false],
  ])('of %d levels are walked without calls', (depth, isLayered) => {
    const link = linked(depth, isLayered)
    expect(treeLeaves(link)).toHaveLength(isLayered ? depth + 1 : 1)
    expect(last(mapTree((_, __, other) => other.mul(2), link, link)).item()).toBe(4)
    expect(last(grad(f)(link)).item()).toBe(3)
    expect(jvp(f, [link], [link])[1].item()).toBe(6)
    expect(trace(f, link).run(link).item()).toBe(6)
    const compiled = compile(f)
    expect([compiled(link).item(), compiled(link).item()]).toEqual([6, 6])
    const wrong = new Map([['w', link]])
    expect(() => treeLeaves(wrong)).toThrow(/Map that holds tensors/)
  })
})

describe('copies of instances', () => {
  it('keep the prototype of subclasses of Array', () => {
    class Layers extends Array<Tensor> {
      total(): Tensor {
        return this.reduce((a, b) => a.add(b) as Tensor)
      }
    }
    const layers = Layers.from([tensor(1), tensor(2)]) as Layers
    const gradient = grad((each: Layers) => each.total())(layers)
    expect(gradient).toBeInstanceOf(Layers)
    expect(gradient.total().item()).toBe(2)
    expect(compile((each: Layers) => each.total())(layers).item()).toBe(3)
  })

  const w = () => tensor(1)
  // prettier-ignore
  const withPrivate: [string, object][] = [
    ['a field that another name reads', new (class { w = w(); #k = 2; get k() { const { self } = { self: this }; return self.#k } })()],
    ['a brand that is only tested', new (class { w = w(); #k = 0; static is(it: object) { return #k in it } })()],
    ['a method', new (class { w = w(); #f() { return 1 } f() { return this.#f() } })()],
    ['an accessor', new (class { w = w(); get #f() { return 1 } f() { return this.#f } })()],
    ['a field of its superclass', new (class extends (class { #k = 1; k() { return this.#k } }) { w = w() })()],
    ['a field after strings, comments, templates and expressions', new (class {
      w = w(); s = '{' + "\\"; t = `{${'`'}`; /* { */ r = /[/{]"/; // {
      #k = 1; k() { return this.#k } })()],
    ['a field whose initializer ends with the line', new (class {
      w = w()
      #k = 1
      k() { return this.#k } })()],
    ['the slots of a built-in', Object.assign(new (class extends Number {})(1), { w: w() })],
  ]
  it.each(withPrivate)('are refused where they would lack %s', (_, value) => {
    expect(() => mapTree((leaf) => leaf, value)).toThrow(/private fields/)
  })

  // prettier-ignore
  const withoutPrivate: [string, object][] = [
    ['static private members', new (class { w = w(); static #n = 0; static #f() { return this.#n } static next() { return this.#f() } })()],
    ['private members of a class inside', new (class { w = w(); make() { return new (class { #k = 1; k() { return this.#k } })().k() } })()],
    ['the text of one', new (class { w = w(); s = 'this.#k'; t = `#k = ${1};`; r = /#k/; /* #k = 1 */ f() { return '#k' } })()],
  ]
  it.each(withoutPrivate)('are made of a class with %s', (_, value) => {
    expect(mapTree((leaf) => leaf.mul(2), value)).toBeInstanceOf(value.constructor)
  })

  it('are refused where private fields may hold all the tensors', () => {
    class Hidden {
      #w = tensor(1)
      loss(): Tensor {
        return this.#w
      }
    }
    expect(() => treeLeaves(new Hidden())).toThrow(/a Hidden may hold in private fields/)
    expect(() => mapTree((leaf) => leaf, [new Hidden()])).toThrow(/a Hidden may hold in private fields/)
    expect(() => grad((m: Hidden) => m.loss())(new Hidden())).toThrow(/a Hidden has private fields/)
    // Beside tensors it is static, as a tokenizer would be.
    expect(treeLeaves({ w: tensor(1), tokens: new Hidden() })).toHaveLength(1)
  })
})

describe('a tensor of another copy of the library', () => {
  it('is told so by ops, trees and transforms', async () => {
    vi.resetModules()
    const other = (await import('@cotangent/core')) as { tensor: typeof tensor }
    const foreign = other.tensor([1, 2])
    expect(foreign).not.toBeInstanceOf(tensor([1]).constructor)
    const calls = [
      () => add(tensor([1, 2]), foreign),
      () => tensor([1, 2]).mul(foreign as never),
      () => sum(foreign),
      () => treeLeaves({ model: [foreign] }),
      () => grad((_: Tensor) => foreign)(tensor(1)),
      () => compile((x: Tensor) => x)(foreign),
      () => mapTree((leaf) => leaf, { a: tensor(1) }, { a: foreign }),
    ]
    for (const call of calls) expect(call).toThrow(/got one of another copy/)
  })
})

describe('shapes', () => {
  it('cannot be changed, in eager and in compiled results', () => {
    const own = [2, 2]
    const made = tensor([1, 2, 3, 4], { shape: own })
    const double = compile((x: Tensor) => x.mul(2))
    for (const x of [
      made,
      made.add(1),
      made.reshape([4]),
      double(made),
      grad((y: Tensor) => sum(y))(made),
    ] as Tensor[]) {
      expect(() => (x.shape as number[]).shift()).toThrow(TypeError)
      expect(() => ((x.shape as number[])[0] = 7)).toThrow(TypeError)
      expect(() => Object.assign(x, { shape: [1] })).toThrow(TypeError)
      expect(x.size).toBe(4)
    }
    // The caller's array stays the caller's.
    own.push(3)
    expect(made.shape).toEqual([2, 2])
  })
})

describe('booleans', () => {
  it('are 0 and 1 wherever they are made', () => {
    const seven = defineOp({
      name: 'seven',
      infer: ([x]) => ({ shape: x.shape, dtype: 'bool' }),
      kernel: (_, output) => void output.data.fill(7),
      law: constant,
      domain: (draw) => ({ inputs: [{ shape: draw.shape() }], attributes: undefined }),
    })
    const count = (x: Tensor) => sum(seven(x).astype('int32'))
    const x = tensor([1, 2, 3])
    expect([count(x).item(), compile(count)(x).item()]).toEqual([3, 3])
    expect([...arange(0, 4, 1, { dtype: 'bool' }).data]).toEqual([0, 1, 1, 1])
    expect([...tensor(new Uint8Array([0, 9]), { dtype: 'bool' }).data]).toEqual([0, 1])
  })
})
