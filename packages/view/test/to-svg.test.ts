import {
  checkpoint,
  compile,
  cond,
  defineOp,
  type Diagram,
  type Graph,
  grad,
  less,
  linear,
  scan,
  sum,
  tanh,
  tensor,
  type Tensor,
  trace,
  whileLoop,
} from '@cotangent/core'
import { toSVG } from '@cotangent/view'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../test/effort'
import { type Element, elementsOf, parseXml } from './xml'

const x: Tensor = tensor([1, 2, 3])

const plain = ['add', 'sub', 'tanh', 'plus', 'sum', 'region', 'nested', 'constant'] as const
const all = [...plain, 'loop', 'until', 'branch'] as const

/** A function of two tensors that applies random ops to earlier results; some of them in regions. */
const programs = (ops: readonly (typeof all)[number][]) =>
  fc
    .array(fc.record({ op: fc.constantFrom(...ops), first: fc.nat(), second: fc.nat() }), {
      minLength: 0,
      maxLength: 14,
    })
    .map((steps) => (a: Tensor, b: Tensor) => {
      const values = [a, b]
      for (const { op, first, second } of steps) {
        const p = values[first % values.length]
        const q = values[second % values.length]
        const region = (u: Tensor, v: Tensor) =>
          u
            .mul(v)
            .add(2)
            .sub(tensor([1, 2, 3]))
        const made = {
          add: () => p.add(q),
          sub: () => p.sub(q),
          tanh: () => tanh(p),
          plus: () => p.add(0.5),
          sum: () => sum(p).mul(q),
          region: () => checkpoint(region)(p, q),
          nested: () => checkpoint((u: Tensor, v: Tensor) => checkpoint(region)(tanh(u), v).div(u))(p, q),
          loop: () => scan((h: Tensor) => [region(h, q.sum()), h], p.add(x), null, { length: 3 })[0],
          until: () => whileLoop((h: Tensor) => less(sum(h), 9), tanh, p, { maxSteps: 3 }).value,
          branch: () => cond(less(sum(p), 0), tanh, (u: Tensor) => u, p),
          constant: () => p.mul(tensor([3, 2, 1])),
        }[op]
        values.push(made())
      }
      return [values[values.length - 1], values[values.length >> 1]]
    })

interface Rectangle {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

function rectangleOf({ attributes }: Element): Rectangle {
  const [left, top, width, height] = ['x', 'y', 'width', 'height'].map((name) => Number(attributes[name]))
  return { left, right: left + width, top, bottom: top + height }
}

const contains = (a: Rectangle, b: Rectangle) =>
  a.left <= b.left && b.right <= a.right && a.top <= b.top && b.bottom <= a.bottom
const overlap = (a: Rectangle, b: Rectangle) =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom

/** The boxes of a picture, in the order of the diagram's vertices. */
function boxesOf(root: Element, { vertices }: Diagram): Rectangle[] {
  const headings = elementsOf(root, 'g', 'heading')
  const groups = elementsOf(root, 'g').filter(({ attributes }) => !/^(edge|heading)$/.test(attributes['class']))
  const [frames, boxes] = [true, false].map((isRegion) =>
    groups.filter(({ attributes }) => (attributes['class'] === 'region') === isRegion),
  )
  expect(groups).toHaveLength(vertices.length)
  return vertices.map(({ kind, label }) => {
    const group = (kind === 'region' ? frames : boxes).shift()!
    expect(group.attributes['class']).toBe(kind)
    expect(group.children[0]).toMatchObject({ name: 'title', text: label.join('\n') })
    const texts = kind === 'region' ? headings.shift()! : group
    expect(elementsOf(texts, 'text').map(({ text }) => text)).toEqual(label)
    return rectangleOf(elementsOf(group, 'rect')[0])
  })
}

/** Where an edge starts and ends. */
function endsOf({ children: [line, head] }: Element): { start: [number, number]; tip: [number, number] } {
  const pair = (text: string) =>
    text
      .match(/^M(-?[\d.]+) (-?[\d.]+)/)!
      .slice(1)
      .map(Number) as [number, number]
  return { start: pair(line.attributes['d']), tip: pair(head.attributes['d']) }
}

function check(graph: Graph): Element {
  const svg = toSVG(graph)
  expect(toSVG(graph)).toBe(svg)
  const root = parseXml(svg)
  const diagram = graph.toDiagram()
  const { vertices, edges } = diagram
  const boxes = boxesOf(root, diagram)
  const places = new Map(vertices.map(({ id }, i) => [id, boxes[i]]))
  const [, , width, height] = root.attributes['viewBox'].split(' ').map(Number)
  vertices.forEach(({ kind, within }, i) => {
    expect(contains({ left: 0, top: 0, right: width, bottom: height }, boxes[i])).toBe(true)
    if (within !== undefined) expect(contains(places.get(within)!, boxes[i])).toBe(true)
    vertices.slice(0, i).forEach((other, j) => {
      // A frame lies over what it contains; all else is apart.
      if (kind !== 'region' && other.kind !== 'region') expect(overlap(boxes[i], boxes[j])).toBe(false)
    })
  })

  const drawn = elementsOf(root, 'g', 'edge').map(endsOf)
  expect(drawn).toHaveLength(edges.length)
  edges.forEach(({ from, to }, i) => {
    const { start, tip } = drawn[i]
    const [source, target] = [places.get(from)!, places.get(to)!]
    expect(start[1]).toBeCloseTo(source.bottom, 0)
    expect(start[0]).toBeGreaterThan(source.left)
    expect(start[0]).toBeLessThan(source.right)
    expect(tip[1]).toBeCloseTo(target.top, 0)
    expect(tip[0]).toBeGreaterThan(target.left)
    expect(tip[0]).toBeLessThan(target.right)
    // Operands from left to right.
    edges.slice(0, i).forEach((other, j) => {
      if (other.to === to) expect(drawn[j].tip[0]).toBeLessThan(tip[0])
    })
  })
  return root
}

describe('toSVG', () => {
  it('shows every vertex and every edge of a graph, in its place', () => {
    fc.assert(
      fc.property(programs(all), (f) => {
        check(trace(f, x, x))
      }),
      { numRuns: runs(15) },
    )
  })

  it('draws edges around boxes', () => {
    fc.assert(
      fc.property(programs(plain), (f) => {
        const graph = trace(f, x, x)
        const root = parseXml(toSVG(graph))
        const boxes = boxesOf(root, graph.toDiagram()).filter((_, i) => graph.toDiagram().vertices[i].kind !== 'region')
        for (const { children } of elementsOf(root, 'g', 'edge'))
          for (const [px, py] of samples(children[0].attributes['d']))
            for (const { left, right, top, bottom } of boxes)
              expect(px > left + 1 && px < right - 1 && py > top + 1 && py < bottom - 1).toBe(false)
      }),
      { numRuns: runs(15) },
    )
  })

  it('has a name and a description for those who cannot see it', () => {
    const graph = trace((y: Tensor) => tanh(y), x)
    const { attributes, children } = parseXml(toSVG(graph, { title: 'A <layer> & "more"' }))
    const [title, description] = children
    expect(attributes['role']).toBe('img')
    expect(attributes['aria-labelledby']).toBe(`${title.attributes['id']} ${description.attributes['id']}`)
    expect(title).toMatchObject({ name: 'title', text: 'A <layer> & "more"' })
    expect(description).toMatchObject({ name: 'desc', text: String(graph) })
    expect(parseXml(toSVG(graph)).children[0].text).toBe('Computation graph')
  })

  it('is named after its content, so that two pictures can stand on one page', () => {
    const id = (graph: Graph) => parseXml(toSVG(graph)).attributes['class']
    const [one, other] = [trace((y: Tensor) => tanh(y), x), trace((y: Tensor) => tanh(y).add(1), x)]
    expect(id(one)).toBe(id(trace((y: Tensor) => tanh(y), x)))
    expect(id(one)).not.toBe(id(other))
    const [style] = elementsOf(parseXml(toSVG(one)), 'style')
    for (const rule of style.text.matchAll(/([^{}]*)\{[^{}]*\}/g))
      expect(rule[1]).toMatch(new RegExp(`^\\.${id(one)} `))
  })

  it('shows regions with what is in them', () => {
    const root = check(trace((y: Tensor) => checkpoint((u: Tensor) => tanh(u.mul(3)))(y).add(1), x))
    expect(elementsOf(root, 'g', 'heading').map((each) => elementsOf(each, 'text').map(({ text }) => text))).toEqual([
      ['checkpoint', 'float32[3]'],
    ])
    check(
      trace(
        grad((y: Tensor) => sum(checkpoint((u: Tensor) => tanh(u))(y))),
        x,
      ),
    )
    check(trace((y: Tensor) => compile((u: Tensor) => tanh(u).mul(u))(y).sub(1), x))
  })

  it('shows graphs without ops', () => {
    check(trace((y: Tensor) => y, x))
    check(trace((y: Tensor) => (y.rank > 1 ? y : tensor(3)), x))
    check(trace((y: Tensor) => [y.rank], x))
  })

  it('escapes what users name', () => {
    const odd = defineOp({
      name: '</text><script>alert("1")</script>&\u0000\u202e\ud800',
      inputs: 1,
      infer: ([given]) => given,
      kernel: ([given], result) => result.data.set(given.data),
      law: linear({ transpose: (g) => [g] }),
      domain: (draw) => ({ inputs: [{ shape: draw.shape() }], attributes: undefined }),
    })
    const argument = { '"><x y="': x }
    const svg = toSVG(
      trace((given: typeof argument) => odd(given['"><x y="']), argument),
      { title: '\u0007<&\ud800' },
    )
    expect(() => parseXml(svg)).not.toThrow()
    expect(svg).not.toContain('<script')
    expect(svg).toContain('\\u{7}')
  })

  it('shortens long labels and keeps all of them in the tooltip', () => {
    const name = `${'long'.repeat(30)}`
    const { children } = parseXml(toSVG(trace((given: Record<string, Tensor>) => tanh(given[name]), { [name]: x })))
    const input = children.find(({ attributes }) => attributes['class'] === 'input')!
    expect(input.children[0].text).toContain(name)
    const [shown] = elementsOf(input, 'text').map(({ text }) => text)
    expect(shown).toHaveLength(44)
    expect(shown).toMatch(/^args\[0\]\.longlong.*…[long]+$/)
  })
})

/** Points on a path of cubic curves and vertical lines. */
function* samples(path: string): Generator<[number, number]> {
  const numbers = (text: string) => text.match(/-?[\d.]+/g)!.map(Number)
  let [px, py] = [0, 0]
  for (const [, command, rest] of path.matchAll(/([MCV])([^MCV]*)/g)) {
    const given = numbers(rest)
    if (command === 'M') [px, py] = given
    else if (command === 'V') {
      for (let t = 0; t <= 1; t += 0.1) yield [px, py + t * (given[0] - py)]
      py = given[0]
    } else {
      const [ax, ay, bx, by, cx, cy] = given
      for (let t = 0; t <= 1; t += 0.05) {
        const weights = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t ** 3]
        const along = (values: number[]) => values.reduce((total, value, i) => total + weights[i] * value, 0)
        yield [along([px, ax, bx, cx]), along([py, ay, by, cy])]
      }
      ;[px, py] = [cx, cy]
    }
  }
}
