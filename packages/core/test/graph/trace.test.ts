import { checkpoint, constant, defineOp, grad, mul, sin, sum, tanh, tensor, type Tensor, trace } from '@cotangent/core'
import { describe, expect, it } from 'vitest'

const f = (m: { w: Tensor }, x: Tensor) => sum(tanh(m.w.mul(x).add(1) as Tensor))
const model = { w: tensor([1, 2, 3]) as Tensor }
const x = tensor([0.5, -1, 2]) as Tensor

describe('trace', () => {
  it('prints one line a value', () => {
    expect(String(trace(f, model, x))).toMatchInlineSnapshot(`
      "graph(%0: float32[3] = args[0].w, %1: float32[3] = args[1]) {
        %2: float32[3] = mul(%0, %1)
        %3: float32[3] = add(%2, 1)
        %4: float32[3] = tanh(%3)
        %5: float32[] = sum(%4, axes: [0])
        return %5
      }"
    `)
  })

  it('prints the gradient as well as the function', () => {
    expect(String(trace(grad(f), model, x))).toMatchInlineSnapshot(`
      "graph(%0: float32[3] = args[0].w, %1: float32[3] = args[1]) {
        %2: float32[3] = constant [1, 1, 1]
        %3: float32[3] = mul(%0, %1)
        %4: float32[3] = add(%3, 1)
        %5: float32[3] = sechSquared(%4)
        %6: float32[3] = mul(%2, %5)
        %7: float32[3] = mul(%6, %1)
        return %7
      }"
    `)
  })

  it('prints regions with their graph below', () => {
    expect(String(trace((y: Tensor) => checkpoint((z: Tensor) => sum(sin(z)))(y), x))).toMatchInlineSnapshot(`
      "graph(%0: float32[3] = args[0]) {
        %1: float32[] = checkpoint(%0) body(%0: float32[3] = outer %0) {
          %1: float32[3] = sin(%0)
          %2: float32[] = sum(%1, axes: [0])
          return %2
        }
        return %1
      }"
    `)
  })

  it('draws DOT and Mermaid', () => {
    const graph = trace((y: Tensor) => mul(sin(y), 2), x)
    expect(graph.toDot()).toMatchInlineSnapshot(`
      "digraph {
        v0 [label="args[0]\\nfloat32[3]", shape=ellipse]
        v1 [label="sin\\nfloat32[3]", shape=box]
        v2 [label="mul (·, 2)\\nfloat32[3]", shape=box]
        result0 [label="result", shape=doublecircle]
        v0 -> v1
        v1 -> v2
        v2 -> result0
      }"
    `)
    expect(graph.toMermaid()).toMatchInlineSnapshot(`
      "flowchart TD
        v0(["args[0]<br>float32[3]"])
        v1["sin<br>float32[3]"]
        v2["mul (·, 2)<br>float32[3]"]
        result0(("result"))
        v0 --> v1
        v1 --> v2
        v2 --> result0"
    `)
  })

  it('gives JSON without loss, equal for equal graphs', () => {
    const graph = trace(f, model, x)
    expect(JSON.stringify(graph)).toBe(JSON.stringify(trace(f, model, x)))
    expect(JSON.parse(JSON.stringify(trace((y: Tensor) => mul(y, tensor([NaN, -0, Infinity])), x)))).toMatchObject({
      inputs: [{ id: 0, dtype: 'float32', shape: [3], path: [0] }],
      constants: [{ id: 1, data: ['NaN', '-0', 'Infinity'] }],
      nodes: [{ op: 'mul', inputs: [0, 1], outputs: [{ id: 2, shape: [3] }] }],
      outputs: [2],
    })
  })

  it('counts arithmetic, traffic and the peak of memory', () => {
    const graph = trace(
      (a: Tensor, b: Tensor) => a.matmul(b).add(1),
      tensor([[1, 2]]) as Tensor,
      tensor([[1], [2]]) as Tensor,
    )
    // 2·1·2·1 flops for the product, 1 for the sum; bytes (2+2+1)·4 and (1+1+1)·4; at most both inputs, 1 and the
    // product live.
    expect(graph.cost()).toEqual({ flops: 5, bytes: 32, peakBytes: 24 })
  })

  it('runs on other values, inside transforms too', () => {
    const graph = trace(f, model, x)
    const other = { w: tensor([3, 2, 1]) as Tensor }
    expect((graph.run(other, x) as Tensor).item()).toBe(f(other, x).item())
    const through = grad((m: { w: Tensor }) => graph.run(m, x) as Tensor)(other)
    expect(through.w.toArray()).toEqual(grad(f)(other, x).w.toArray())
    expect(() => graph.run({ w: tensor([1, 2]) }, x)).toThrow(/traced as float32\[3\], got float32\[2\]/)
  })

  it('keeps what does not depend on the inputs as constants, differentiable ones included', () => {
    const outer = (w: Tensor) => sum(trace((y: Tensor) => mul(y, w), x).run(x) as Tensor)
    expect(grad(outer)(tensor([1, 1, 1]) as Tensor).toArray()).toEqual([0.5, -1, 2])
  })

  it('refuses to read a symbolic value, and says where', () => {
    expect(() => trace((y: Tensor) => (y.sum().item() > 0 ? y : y.neg()), x)).toThrow(
      /\[item\(\)\] read of a symbolic float32\[\] at .*trace\.test\.ts/,
    )
  })

  it('refuses symbolic tensors after their trace', () => {
    let leaked: Tensor | undefined
    trace((y: Tensor) => (leaked = y.mul(2) as Tensor), x)
    expect(() => leaked!.add(1)).toThrow(/trace that has ended/)
    expect(() => leaked!.toArray()).toThrow(/trace has ended/)
  })
})

describe('names and attributes from outside', () => {
  const attributes = {
    rate: NaN,
    big: 12n,
    zero: -0,
    text: 'a\nb',
    list: [Infinity, [1]],
    map: new Map([[1, 'x']]),
    self: {},
  }
  attributes.self = attributes
  const odd = defineOp({
    name: '<b>"odd"</b>\n`#1`',
    infer: ([type]) => type,
    kernel: ([input], output) => output.data.set(input.data),
    law: constant,
    domain: (draw) => ({ inputs: [{ shape: draw.shape() }], attributes }),
  })
  const named = { 'a\nb<i>\u001b[31m': x }
  const graph = trace((m: typeof named) => odd(m['a\nb<i>\u001b[31m'], attributes), named)

  it('stay on their lines, and are not obeyed', () => {
    expect(String(graph).split('\n')).toHaveLength(4)
    expect(graph.toDot().split('\n')).toHaveLength(7)
    const diagram = graph.toMermaid()
    expect(diagram.split('\n')).toHaveLength(6)
    // Line breaks of our own, and no other markup.
    expect(diagram.replaceAll(/<br>|-->/g, '')).not.toMatch(/[<>`]/)
    expect(diagram).toContain('#60;b#62;#34;odd#34;')
    // eslint-disable-next-line no-control-regex -- it is what must not be there
    for (const text of [String(graph), diagram, graph.toDot()]) expect(text).not.toMatch(/\u001b/)
  })

  it('are plain data in JSON', () => {
    const [node] = graph.toJSON().nodes
    const plain = { rate: 'NaN', big: '12', zero: '-0', text: 'a\nb', list: ['Infinity', [1]], map: [[1, 'x']] }
    expect(node.attributes).toEqual(plain)
    expect(JSON.parse(JSON.stringify(graph)).nodes[0].attributes).toEqual(plain)
  })
})
