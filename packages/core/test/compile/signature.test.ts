import { compile, grad, sum, tensor, type Tensor } from '@cotangent/core'
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
      /scaled was compiled for 9 signatures.*args\[1\], which is 8 and was 7\. Make it a tensor/,
    )
  })

  it('says which shape does, and where an anonymous function was compiled', () => {
    const total = compile((a: Tensor) => a.sum())
    expect(warningOf((i) => total(tensor(new Float32Array(i + 1))))).toMatch(
      /the function compiled at .*signature\.test\.ts.*args\[0\], which is float32\[9\] and was float32\[8\]\. Give it fewer shapes/,
    )
  })

  it('says that an array gets longer, or that a typed array is other data', () => {
    const total = compile((list: readonly Tensor[]) => list.reduce((sum, a) => sum.add(a)))
    expect(warningOf((i) => total(Array.from({ length: i + 1 }, () => tensor(i))))).toMatch(
      /args\[0\], which is an array of 9 and was an array of 8\. Each length has a program/,
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
    expect(warningOf(() => applied(x, (a) => a.add(1)))).toMatch(/args\[1\].*Make it once, outside of the loop/)
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
    const f = compile((a: Tensor) => ({ y: a.add(1), log: [] as number[], options: { rate: 1 }, info: new Info() }))
    for (let i = 0; i < 3; i++) expect(f(x).options).toEqual({ rate: 1 })
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

describe('a function that writes to its arguments is found when it is traced', () => {
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
      /writes to args\[0\]\.mean, .*return the new value/,
    )
    const counts = (norm: Norm) => {
      norm.count++
      return norm.mean
    }
    expect(told(counts, new Norm())).toMatch(/writes to args\[0\]\.count/)
    expect(told((list: Tensor[]) => list[list.push(x) - 1], [x])).toMatch(/writes to args\[0\]/)
    expect(told((pair: Tensor[]) => pair.reverse()[0], [x, y])).toMatch(/writes to args\[0\]\[0\]/)
  })

  it('where they hold no tensors as well', () => {
    const counts = (a: Tensor, counter: { n: number }) => a.mul(++counter.n)
    expect(told(counts, x, { n: 0 })).toMatch(/writes to an argument/)
    const fills = (a: Tensor, buffer: Float32Array) => a.mul(buffer.fill(2)[0])
    expect(told(fills, x, new Float32Array(3))).toMatch(/writes to an argument/)
  })
})
