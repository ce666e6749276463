import {
  checkpoint,
  compile,
  defineElementwise,
  defineOp,
  grad,
  linear,
  sum,
  tensor,
  type Tensor,
  tree,
} from '@cotangent/core'
import { describe, expect, it, vi } from 'vitest'

const x = tensor([1, 2, 3])
const y = tensor([4, 5, 6])

describe('a signature', () => {
  it('is compiled once for each signature', () => {
    const traced = vi.fn((a: Tensor, scale: number) => a.mul(scale))
    const f = compile(traced, { retrace: false })
    for (const scale of [1, 2, 1, 2]) f(x, scale)
    f(tensor([1]), 1)
    f(tensor([1], { dtype: 'float64' }), 1)
    expect(traced).toHaveBeenCalledTimes(4)
  })

  it('tells two equal arguments from one that is given twice', () => {
    const f = compile((a: Tensor, b: Tensor) => grad((p: { a: Tensor; b: Tensor }) => sum(p.a.mul(p.b)))({ a, b }))
    expect(f(x, y).a.toArray()).toEqual([4, 5, 6])
    expect(f(x, x).a.toArray()).toEqual([2, 4, 6])
    expect(f(x, y).a.toArray()).toEqual([4, 5, 6])
  })

  it('tells a property that is undefined from one that is not there', () => {
    interface Layer {
      w: Tensor
      bias?: Tensor
      mask?: Tensor
    }
    const f = compile((a: Tensor, { w, bias, mask }: Layer) => {
      const z = a.mul(w)
      return bias ? z.add(bias) : mask ? z.mul(mask) : z
    })
    f(x, { w: y, bias: undefined })
    f(x, { w: y, bias: undefined })
    expect(f(x, { w: y, mask: y }).toArray()).toEqual([16, 50, 108])
    const scaled = compile((a: Tensor, { clip, mode }: { clip?: number; mode?: string }) =>
      a.mul(mode === undefined ? (clip ?? 1) : 2),
    )
    scaled(x, { clip: undefined })
    expect(scaled(x, { mode: 'soft' }).toArray()).toEqual([2, 4, 6])
  })

  it('tells an array with a hole from a shorter one', () => {
    const f = compile((list: readonly (Tensor | undefined)[]) => x.mul(list.length))
    f([x])
    // eslint-disable-next-line no-sparse-arrays -- the hole is what is tested
    expect(f([x, ,]).toArray()).toEqual([2, 4, 6])
  })

  it('has the order of keys in it, so that a step may return another', () => {
    const step = compile((p: { w: Tensor; b: Tensor }) => ({ b: p.b.sub(0.5), w: p.w.add(1) }))
    let p: { w: Tensor; b: Tensor } = { w: tensor([0]), b: tensor([10]) }
    for (let i = 0; i < 5; i++) p = step(p)
    expect([p.w.item(), p.b.item()]).toEqual([5, 7.5])
  })

  it('has the fields of instances without tensors in it', () => {
    class Scale {
      factor = 2
    }
    const model = { w: x, scale: new Scale() }
    const f = compile(({ w, scale }: typeof model) => w.mul(scale.factor))
    f(model)
    f(model)
    model.scale.factor = 10
    expect(f(model).toArray()).toEqual([10, 20, 30])
  })

  it('has symbols and what is not enumerable in it', () => {
    const rate = Symbol('rate')
    const f = compile((a: Tensor, options: { [rate]: number }) => a.mul(options[rate]))
    for (let call = 0; call < 2; call++) expect(f(x, { [rate]: 2 }).toArray()).toEqual([2, 4, 6])
    expect(f(x, { [rate]: 3 }).toArray()).toEqual([3, 6, 9])
    const hidden = (value: number) => Object.defineProperty({ value: 0 }, 'value', { value, enumerable: false })
    const g = compile((a: Tensor, options: { value: number }) => a.mul(options.value))
    for (let call = 0; call < 2; call++) expect(g(x, hidden(2)).toArray()).toEqual([2, 4, 6])
    expect(g(x, hidden(3)).toArray()).toEqual([3, 6, 9])
  })

  it('knows classes that say themselves what is in them, also where that is made anew or computes', () => {
    class Pair {
      constructor(
        readonly a: Tensor,
        readonly b: Tensor,
      ) {}
    }
    class Hidden {
      readonly #pair: Pair
      readonly sum: Tensor
      constructor(a: Tensor, b: Tensor) {
        this.#pair = new Pair(a, b)
        this.sum = a.add(b)
      }
      get [tree]() {
        return {
          flatten: () => new Pair(this.#pair.a, this.#pair.b),
          unflatten: ({ a, b }: Pair) => new Hidden(a, b),
        }
      }
    }
    const traced = vi.fn((pair: Hidden) => new Hidden(pair.sum, pair.sum.mul(2)))
    const f = compile(traced)
    let pair = new Hidden(x, y)
    for (let call = 0; call < 3; call++) pair = f(pair)
    expect(pair.sum.toArray()).toEqual([5 * 27, 7 * 27, 9 * 27])
    expect(traced).toHaveBeenCalledTimes(2)
  })

  it('has the elements of typed arrays in it', () => {
    const scales = new Float64Array([2, 3])
    const f = compile((a: Tensor, by: ArrayLike<number>) => a.mul(by[0]))
    for (let call = 0; call < 2; call++) expect(f(x, scales).toArray()).toEqual([2, 4, 6])
    scales[0] = 10
    expect(f(x, scales).toArray()).toEqual([10, 20, 30])
    expect(f(x, new Float64Array([2, 3])).toArray()).toEqual([2, 4, 6])
    expect(f(x, new Float64Array([-0])).toArray()).toEqual([-0, -0, -0])
    expect(f(x, new Float64Array([0])).toArray()).toEqual([0, 0, 0])
  })

  it('is forgotten where there are too many, and compiled again', () => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    const traced = vi.fn((a: Tensor, scale: number) => a.mul(scale))
    const f = compile(traced, { retrace: false })
    for (let scale = 0; scale < 70; scale++) for (const used of [scale, 0]) f(x, used)
    expect(traced).toHaveBeenCalledTimes(70)
    expect(f(x, 1).toArray()).toEqual([1, 2, 3])
    expect(traced).toHaveBeenCalledTimes(71)
  })
})

describe('where a function is compiled again and again', () => {
  const warningOf = (calls: (i: number) => void): string => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    warn.mockClear()
    for (let i = 0; i < 12; i++) calls(i)
    expect(warn).toHaveBeenCalledTimes(1)
    return String(warn.mock.calls[0][0])
  }

  it('says which number keeps changing', () => {
    const scaled = compile(function scaled(a: Tensor, step: number) {
      return a.mul(step)
    })
    expect(warningOf((i) => scaled(x, i))).toMatch(
      /scaled was compiled for 9 signatures, which took \d+ ms; they differ in args\[1\], which is 8 and was 7\. Make it a tensor/,
    )
  })

  it('says which shape does, and where an anonymous function was compiled', () => {
    const total = compile((a: Tensor) => a.sum())
    expect(warningOf((i) => total(tensor(new Float32Array(i + 1))))).toMatch(
      /the function compiled at .*signature\.test\.ts.*args\[0\], which is float32\[9\] and was float32\[8\]\. Use fewer shapes/,
    )
  })

  it('says that it is which tensors are the same', () => {
    const total = compile((list: readonly Tensor[]) => list.reduce((sum, a) => sum.add(a)))
    const five = Array.from({ length: 5 }, () => x.add(0))
    const choices = Array.from({ length: 16 }, (_, i) => five.map((each, at) => ((2 * i) & (1 << at) ? five[0] : each)))
    expect(warningOf((i) => total(choices[i]))).toMatch(/they differ in which tensors are the same/)
  })

  it('says that an array gets longer, or that a typed array is other data', () => {
    const total = compile((list: readonly Tensor[]) => list.reduce((sum, a) => sum.add(a)))
    expect(warningOf((i) => total(Array.from({ length: i + 1 }, () => tensor(i))))).toMatch(
      /args\[0\], which is an array of 9 and was an array of 8\. Each length has its own program/,
    )
    const scaled = compile((a: Tensor, by: Float32Array) => a.mul(by[0]))
    expect(warningOf((i) => scaled(x, Float32Array.of(i)))).toMatch(
      /args\[1\], which is a Float32Array of 1 and was a Float32Array of 1\. Make it a tensor/,
    )
  })

  it('says which property does, or that functions are new', () => {
    const tagged = compile((a: Tensor, options: { tag: string }) => a.mul(options.tag.length))
    expect(warningOf((i) => tagged(x, { tag: `t${i}` }))).toMatch(/args\[1\]\.tag, which is "t8" and was "t7"/)
    const applied = compile((a: Tensor, f: (a: Tensor) => Tensor) => f(a))
    expect(warningOf(() => applied(x, (a) => a.add(1)))).toMatch(
      /args\[1\], which is an anonymous function and was another one\. Functions are .* make it once, outside the loop/,
    )
  })

  it('says that equal instances are new ones, and that an instance was changed', () => {
    class Settings {
      constructor(public rate: number) {}
    }
    const byNew = compile((a: Tensor, { rate }: Settings) => a.mul(rate))
    expect(warningOf(() => byNew(x, new Settings(2)))).toMatch(
      /args\[1\], which is a Settings {rate} and was another one\. An object of a class.* or pass its contents as a plain object/,
    )
    const byContents = vi.fn((a: Tensor, { rate }: Settings) => a.mul(rate))
    const plain = compile(byContents, { retrace: false })
    for (let call = 0; call < 3; call++) plain(x, { ...new Settings(2) })
    expect(byContents).toHaveBeenCalledTimes(1)
    const kept = new Settings(0)
    const changed = compile((a: Tensor, { rate }: Settings) => a.mul(rate))
    expect(
      warningOf((i) => {
        kept.rate = i
        changed(x, kept)
      }),
    ).toMatch(
      /they differ in the fields of an object without tensors, which changed after a call; pass what changes as a tensor$/,
    )
  })

  it('does not say that other keys are the same object', () => {
    const keyed = compile((a: Tensor, options: object) => a.mul(Object.keys(options).length))
    expect(warningOf((i) => keyed(x, { [`k${i}`]: 1 }))).toMatch(
      /args\[1\], which is an object {k8} and was an object {k7}\. Each structure and each value/,
    )
  })
})

describe('a function that is traced again is found to be another', () => {
  const second = (f: (a: Tensor) => unknown): string => {
    const compiled = compile(f)
    compiled(x)
    try {
      compiled(x)
    } catch (error) {
      return String(error)
    }
    throw new Error('nothing was found')
  }
  const alternately = <R>(...results: ((a: Tensor) => R)[]) => {
    let calls = 0
    return (a: Tensor) => results[calls++ % results.length](a)
  }

  it('by its ops, its constants and their elements', () => {
    expect(
      second(
        alternately(
          (a) => a.exp(),
          (a) => a.log(),
        ),
      ),
    ).toMatch(/op 0 was exp\(%0\).* and is now log/)
    expect(
      second(
        alternately(
          (a) => a.exp(),
          (a) => a.exp().log(),
        ),
      ),
    ).toMatch(/number of its ops was 1 and is now 2/)
    const many = Array.from({ length: 100 }, (_, i) => i)
    const captured = [tensor(many), tensor(many.map((value) => (value === 50 ? 5 : value)))]
    expect(
      second(
        alternately(
          (a) => a.sum().add(captured[0]),
          (a) => a.sum().add(captured[1]),
        ),
      ),
    ).toMatch(/first different at \[50\]: 50 and 5, at .*signature\.test\.ts/)
  })

  it('by what it returns, and by what it returns beside tensors', () => {
    expect(
      second(
        alternately(
          (a) => [a.add(1), a.mul(2)].reverse(),
          (a) => [a.add(1), a.mul(2)],
        ),
      ),
    ).toMatch(/result\[0\] was mul\(.*\).* and is now add/)
    let calls = 0
    expect(second((a) => ({ y: a.add(1), calls: ++calls }))).toMatch(/result\.calls was 1 and is now 2/)
    expect(
      second(
        alternately<unknown>(
          (a) => ({ a: a.add(1) }),
          (a) => ({ b: a.add(1) }),
        ),
      ),
    ).toMatch(/result was an object \{a\} and is now an object \{b\}/)
    expect(second((a) => ({ y: a.add(1), again: () => 1 }))).toMatch(/result\.again was the function again/)
  })

  it('at every call from then on, as long as it is another', () => {
    let rate = 0.5
    const f = compile((a: Tensor) => a.mul(rate))
    f(x)
    rate = 1
    for (let i = 0; i < 3; i++) expect(() => f(x)).toThrow(/a captured constant was .*0\.5 and is now .*1/)
    rate = 0.5
    expect(f(x).toArray()).toEqual([0.5, 1, 1.5])
  })

  it('not for equal data and equal instances that are made anew', () => {
    class Info {
      seen = new Float32Array(2)
    }
    const f = compile((a: Tensor) => ({
      y: checkpoint(() => ({ y: a.add(1), info: new Info(), f: () => 1 }))().y,
      log: [] as number[],
      options: { rate: 1 },
      info: new Info(),
      others: [new Date(0), new Set(['a']), new Map([['b', new Set([1])]]), /c/g],
    }))
    for (let i = 0; i < 3; i++) expect(f(x).options).toEqual({ rate: 1 })
    expect(
      second(
        alternately<unknown>(
          (a) => [a, new Set([1])],
          (a) => [a, new Set([2])],
        ),
      ),
    ).toMatch(/result\[1\] was a Set/)
  })

  it('by attributes that text does not show, and by ops of one name', () => {
    const marked = defineOp<unknown>({
      name: 'marked',
      inputs: 1,
      infer: ([type]) => type,
      kernel: ([input], output) => output.data.set(input.data),
      law: linear({ transpose: (g) => [g] }),
      domain: (draw) => ({ inputs: [{ shape: draw.shape() }], attributes: { at: 0 } }),
    })
    const pairs: [unknown, unknown][] = [
      [{ at: NaN }, { at: Infinity }],
      [{ at: 0 }, { at: -0 }],
      [{ at: new Map([[1, 2]]) }, { at: new Map([[1, 3]]) }],
      ['left', 'right'],
      [{ at: 1n }, { at: 2n }],
    ]
    for (const [was, is] of pairs)
      expect(
        second(
          alternately(
            (a) => marked(a, was),
            (a) => marked(a, is),
          ),
        ),
      ).toMatch(/op 0 was marked.* and is now/)
    const scaled = (by: number) =>
      defineElementwise({
        name: 'scaled',
        inputs: 1,
        formula: (s, a) => s.mul(a, by),
        domain: [{ min: -1, max: 1 }],
      }) as (a: Tensor) => Tensor
    expect(
      second(
        alternately(
          (a) => scaled(2)(a),
          (a) => scaled(3)(a),
        ),
      ),
    ).toMatch(/op 0 was scaled.* is now another scaled/)
    const fresh = compile((a: Tensor) => scaled(2)(a))
    for (let call = 0; call < 3; call++) expect(fresh(x).toArray()).toEqual([2, 4, 6])
  })

  it('inside transforms and inside other compiled functions as well', () => {
    let rate = 0.5
    const f = compile((a: Tensor) => sum(a.mul(rate)))
    grad(f)(x)
    rate = 2
    expect(() => grad(f)(x)).toThrow(/a captured constant was .*0\.5 and is now .*2/)
    expect(() => compile((a: Tensor) => f(a).mul(3))(x)).toThrow(/a captured constant was/)
  })

  it('at the 8th and the 32nd call too, as a model that is captured changes late', () => {
    const traced = vi.fn((a: Tensor) => a.mul(rate))
    let rate = 0.5
    const f = compile(traced)
    for (let call = 1; call <= 40; call++) f(x)
    expect(traced).toHaveBeenCalledTimes(4)
    const late = compile((a: Tensor) => a.mul(rate))
    late(x)
    late(x)
    rate = 1
    for (let call = 3; call < 8; call++) late(x)
    expect(() => late(x)).toThrow(/a captured constant was .*0\.5 and is now .*1/)
  })
})

describe('a function that mutates its arguments is found when it is traced', () => {
  const told = (f: (...args: any[]) => unknown, ...args: unknown[]): string => {
    try {
      compile(f)(...args)
    } catch (error) {
      return String(error)
    }
    throw new Error('nothing was found')
  }

  it('with the place of a tensor, or of something in a model', () => {
    class Norm {
      mean = x
      count = 0
      forward(a: Tensor) {
        this.mean = this.mean.mul(0.9).add(a.mul(0.1))
        return a.sub(this.mean)
      }
    }
    expect(told((norm: Norm, a: Tensor) => norm.forward(a), new Norm(), x)).toMatch(
      /mutates args\[0\]\.mean, .*return the new value/,
    )
    const counts = (norm: Norm) => {
      norm.count++
      return norm.mean
    }
    expect(told(counts, new Norm())).toMatch(/mutates args\[0\]\.count/)
    expect(told((list: Tensor[]) => list[list.push(x) - 1], [x])).toMatch(/mutates args\[0\]/)
    expect(told((pair: Tensor[]) => pair.reverse()[0], [x, y])).toMatch(/mutates args\[0\]\[0\]/)
  })

  it('where they hold no tensors as well', () => {
    const counts = (a: Tensor, counter: { n: number }) => a.mul(++counter.n)
    expect(told(counts, x, { n: 0 })).toMatch(/mutates an argument/)
    const fills = (a: Tensor, buffer: Float32Array) => a.mul(buffer.fill(2)[0])
    expect(told(fills, x, new Float32Array(3))).toMatch(/mutates an argument/)
  })
})
