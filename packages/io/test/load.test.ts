import { key, type Tensor, tensor, trace, tree, zeros } from '@cotangent/core'
import { load, loadPartial, open, toSafetensors } from '@cotangent/io'
import { Dense, dense, relu, sequential, Sequential } from '@cotangent/nn'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { bytesOf, errorOf, identity } from './fixtures'

const net = (seed: number) =>
  sequential(dense(3, 4, { key: key(seed), activation: relu }), relu, dense(4, 2, { key: key(seed + 1) }))

describe('load', () => {
  it('keeps classes, functions and types of the tree', async () => {
    const [saved, like] = [net(1), net(7)]
    const back = await load(toSafetensors(saved), like)
    expectTypeOf(back).toEqualTypeOf(like)
    expect(back).toBeInstanceOf(Sequential)
    expect(back.layers[0]).toBeInstanceOf(Dense)
    expect(back.layers[0].activation).toBe(relu)
    expect(identity(back.layers[2].weight)).toEqual(identity(saved.layers[2].weight))
    expect(identity(like.layers[0].weight)).not.toEqual(identity(saved.layers[0].weight))
  })

  it('needs only the types of the tensors of the tree', async () => {
    let like = { w: zeros([2]) as Tensor }
    trace(
      (x: Tensor) => {
        like = { w: x }
        return x
      },
      zeros([2]),
    )
    expect((await load(toSafetensors({ w: tensor([1, 2]) }), like)).w.toArray()).toEqual([1, 2])
    const error = await errorOf(() => loadPartial(toSafetensors({ v: tensor([1, 2]) }), like))
    expect(error.message).toContain("missing: 'w', float32[2] for w")
    expect((await errorOf(() => toSafetensors(like))).message).toMatch(/^\[toSafetensors\] this tensor is symbolic/)
  })

  it('lists in one error all that does not fit', async () => {
    const file = toSafetensors({
      a: zeros([2]),
      b: zeros([2], { dtype: 'float64' }),
      c: tensor([true]),
      far: zeros([3]),
      wide: tensor([2 ** 31], { dtype: 'float64' }),
    })
    const like = { a: zeros([3]), b: zeros([2, 1]), c: zeros([1]), near: zeros([3]), wide: zeros([1]) }
    const { code, message } = await errorOf(() => load(file, like))
    expect(code).toBe('file-mismatch')
    expect(message.split('\n')).toEqual([
      '[load] expected tensors that fit the tree, got 7 differences:',
      "  missing: 'near', float32[3] for near",
      "  unexpected: 'far'",
      "  wrong shape: 'a', expected [3], got [2]",
      "  wrong shape: 'b', expected [2, 1], got [2]",
      "  wrong dtype: 'b', expected float32, got float64 (stored as F64)",
      "  wrong dtype: 'c', expected float32, got bool (stored as BOOL)",
      "  wrong dtype: 'wide', expected float32, got float64 (stored as F64)",
      expect.stringContaining('loadPartial') as string,
    ])
  })

  it('lists the values that do not fit', async () => {
    const file = await open(bytesOf('types.safetensors'))
    const like = Object.fromEntries(
      file.names.map((name) => [name, zeros(file.info(name).shape as number[], { dtype: file.info(name).dtype ?? 'float32' })]), // prettier-ignore
    )
    delete like.complex
    const { message } = await errorOf(() => loadPartial(bytesOf('types.safetensors'), like))
    expect(message).toContain('got 2 differences')
    expect(message).toContain(
      "wrong value: 'wide', expected values that int32 holds exactly, got 2147483648 (element 1)",
    )
    expect(message).toContain("wrong value: 'widest', ")
  })

  it('widens floats, and rounds only if asked', async () => {
    const saved = { x: tensor([0.1], { dtype: 'float64' }), n: tensor([7], { dtype: 'int32' }) }
    const floats = { x: zeros([1]), n: zeros([1]) }
    expect((await load(toSafetensors(saved), floats, { cast: true })).x.item()).toBe(Math.fround(0.1))
    expect((await errorOf(() => load(toSafetensors(saved), floats))).code).toBe('file-mismatch')
    const wide = await load(toSafetensors({ x: tensor([0.1]) }), { x: zeros([1], { dtype: 'float64' }) })
    expect(wide.x.item()).toBe(Math.fround(0.1))
    const narrow = await load(toSafetensors({ x: tensor([0.1]) }, { dtype: 'bfloat16' }), { x: zeros([1]) })
    expect(narrow.x.item()).toBe(0.10009765625)
    const never = await errorOf(() => load(toSafetensors({ x: tensor([2]) }), { x: zeros([1], { dtype: 'int32' }) }, { cast: true })) // prettier-ignore
    expect(never.message).toContain("wrong dtype: 'x', expected int32, got float32")
  })

  it('loads a part, and tells which', async () => {
    const file = toSafetensors({ body: tensor([1, 2]), old: zeros([1]) })
    const like = { body: zeros([2]), head: tensor([5]) }
    const part = await loadPartial(file, like)
    expect(part).toMatchObject({ loaded: ['body'], missing: ['head'], unexpected: ['old'] })
    expect(part.tree.head).toBe(like.head)
    expect(part.tree.body.toArray()).toEqual([1, 2])
    expect((await errorOf(() => loadPartial(file, { body: zeros([3]) }))).message).toContain('wrong shape')
  })

  it('loads what is shared once, under any of its names', async () => {
    const shared = tensor([1, 2])
    const tied = { embed: shared, head: { weight: shared } }
    expect((await open(toSafetensors(tied))).names).toEqual(['embed'])
    const like = { embed: zeros([2]) as Tensor, head: { weight: zeros([2]) as Tensor } }
    like.head.weight = like.embed
    for (const file of [tied, { embed: shared, head: { weight: tensor([1, 2]) } }]) {
      const back = await load(toSafetensors(file), like)
      expect(back.head.weight).toBe(back.embed)
      expect(back.embed.toArray()).toEqual([1, 2])
    }
    expect((await load(toSafetensors({ head: { weight: shared } }), like)).embed.toArray()).toEqual([1, 2])
    const apart = await errorOf(() => load(toSafetensors({ embed: shared, head: { weight: tensor([1, 3]) } }), like))
    expect(apart.message).toContain("two values for one tensor: 'embed' and 'head.weight' differ in the file")
    const none = await errorOf(() => load(toSafetensors({ x: shared }), like))
    expect(none.message).toContain("missing: 'embed' or 'head.weight'")
    const untied = { embed: zeros([2]), head: { weight: zeros([2]) } }
    expect((await errorOf(() => load(toSafetensors(tied), untied))).message).toContain("missing: 'head.weight'")
  })

  it('follows classes that define how they are taken apart', async () => {
    class Secret {
      #w: Tensor
      constructor(w: Tensor) {
        this.#w = w
      }
      get w() {
        return this.#w
      }
      get [tree]() {
        return { flatten: () => ({ w: this.#w }), unflatten: ({ w }: { w: Tensor }) => new Secret(w) }
      }
    }
    const back = await load(toSafetensors({ s: new Secret(tensor([4])) }), { s: new Secret(tensor([0])) })
    expect(back.s.w.toArray()).toEqual([4])
  })

  it('takes a single tensor as a tree', async () => {
    expect((await load(toSafetensors(tensor([1, 2])), zeros([2]))).toArray()).toEqual([1, 2])
  })

  it('refuses names that two tensors share', async () => {
    const twice = { 'a.b': tensor(1), a: { b: tensor(2) } }
    expect((await errorOf(() => toSafetensors(twice))).code).toBe('ambiguous-name')
    expect((await errorOf(() => load(new Uint8Array(0), twice))).code).toBe('ambiguous-name')
  })
})
