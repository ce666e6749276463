import { type Box, type Picture, type PlacedEdge, type PlacedVertex, sizes } from './layout'
import { xml } from './text'

type Kind = PlacedVertex['vertex']['kind']

interface Colours {
  readonly background: string
  readonly text: string
  readonly type: string
  readonly edge: string
  readonly fill: Readonly<Record<Kind, string>>
  readonly stroke: Readonly<Record<Kind, string>>
}

// The contrast of text is at least 4.5 (WCAG 2.1, 1.4.3), and that of borders and arrows at least 3 (1.4.11).
const light: Colours = {
  background: '#ffffff',
  text: '#1b1f24',
  type: '#57606a',
  edge: '#6e7781',
  fill: { input: '#e3f5e8', constant: '#fff4d6', op: '#e8f1fd', region: '#f6f8fa', output: '#f4e9fc' },
  stroke: { input: '#2a7d46', constant: '#9a6700', op: '#2f6fc4', region: '#8c959f', output: '#8250df' },
}
const dark: Colours = {
  background: '#0d1117',
  text: '#e6edf3',
  type: '#a3adb8',
  edge: '#8b949e',
  fill: { input: '#12291b', constant: '#2e2410', op: '#11233d', region: '#161b22', output: '#271a3d' },
  stroke: { input: '#4ac26b', constant: '#d4a72c', op: '#58a6ff', region: '#6e7681', output: '#bc8cff' },
}

const kinds = ['input', 'constant', 'op', 'region', 'output'] as const satisfies readonly Kind[]

/** A picture as an SVG document. `id` distinguishes its names from those of other pictures on a page. */
export function svgOf(
  picture: Picture,
  { id, title, description }: Readonly<Record<'id' | 'title' | 'description', string>>,
): string {
  const [width, height] = [Math.ceil(picture.width), Math.ceil(picture.height)]
  const ofKind = (isRegion: boolean) =>
    picture.vertices.filter(({ vertex }) => (vertex.kind === 'region') === isRegion).map(vertexOf)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
      `role="img" aria-labelledby="${id}-title ${id}-desc" class="${id}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" text-anchor="middle">`,
    `<title id="${id}-title">${xml(title)}</title>`,
    `<desc id="${id}-desc">${xml(description)}</desc>`,
    // The attributes below draw the light form, for pages whose policy forbids styles.
    `<style>${styleOf(id)}</style>`,
    `<rect class="background" width="${width}" height="${height}" fill="${light.background}"/>`,
    ...ofKind(true),
    ...picture.edges.map(edgeOf),
    ...ofKind(false),
    ...picture.vertices.filter(({ vertex }) => vertex.kind === 'region').map(headingOf),
    '</svg>',
    '',
  ].join('\n')
}

/** The rules of the dark form. They name the picture, because an SVG in a page shares its styles with the page. */
function styleOf(id: string): string {
  const rules = [
    `.background{fill:${dark.background}}`,
    `text{fill:${dark.text}}`,
    `.type{fill:${dark.type}}`,
    `.line{stroke:${dark.edge}}`,
    `.head{fill:${dark.edge}}`,
    `.heading{stroke:${dark.fill.region}}`,
    ...kinds.map((kind) => `.${kind}>.box{fill:${dark.fill[kind]};stroke:${dark.stroke[kind]}}`),
  ]
  return `@media (prefers-color-scheme:dark){${rules.map((rule) => `.${id} ${rule}`).join('')}}`
}

function vertexOf({ vertex, lines, ...box }: PlacedVertex): string {
  const { kind, label } = vertex
  const texts = kind === 'region' ? '' : textsOf(lines, box.x, box.y - (lines.length * sizes.line) / 2)
  return `<g class="${kind}"><title>${xml(label.join('\n'))}</title>${boxOf(kind, box)}${texts}</g>`
}

/** The label of a region, over the edges that enter it. An outline in the colour of the region keeps it readable. */
function headingOf({ lines, x, y, width, height }: PlacedVertex): string {
  const texts = textsOf(lines, x - width / 2 + sizes.padding.x, y - height / 2 + sizes.padding.y)
  return (
    `<g class="heading" text-anchor="start" paint-order="stroke" stroke="${light.fill.region}" stroke-width="4" ` +
    `stroke-linejoin="round">${texts}</g>`
  )
}

function textsOf(lines: readonly string[], x: number, top: number): string {
  const texts = lines.map((line, i) => {
    const size = i === 0 ? sizes.font : sizes.smallFont
    const look = i === 0 ? `font-weight="600" fill="${light.text}"` : `class="type" fill="${light.type}"`
    return (
      `<text x="${number(x)}" y="${number(top + (i + 0.5) * sizes.line)}" font-size="${size}" dominant-baseline="central" ` +
      `${look}>${xml(line)}</text>`
    )
  })
  return texts.join('')
}

function boxOf(kind: Kind, { x, y, width, height }: Box): string {
  const radius = kind === 'input' || kind === 'output' ? height / 2 : kind === 'region' ? 10 : 5
  const dashes = kind === 'region' ? ' stroke-dasharray="5 4"' : kind === 'constant' ? ' stroke-dasharray="2 3"' : ''
  const border = kind === 'output' ? 2.5 : 1.5
  return (
    `<rect class="box" x="${number(x - width / 2)}" y="${number(y - height / 2)}" width="${number(width)}" height="${number(height)}" ` +
    `rx="${number(radius)}" fill="${light.fill[kind]}" stroke="${light.stroke[kind]}" stroke-width="${border}"${dashes}/>`
  )
}

const head = { length: 8, width: 7 }

function edgeOf({ runs }: PlacedEdge): string {
  const [first, ...others] = runs

  const { x, bottom: tip } = others[others.length - 1]
  const curves = others.map((run, i) => {
    const from = i === 0 ? first : others[i - 1]
    const to = i === others.length - 1 ? tip - head.length : run.top
    // At the border of a region, one run starts where another ends.
    const isSame = from.x === run.x && from.bottom === to
    return `${isSame ? '' : curve(from.x, from.bottom, run.x, to)}${run.bottom > run.top ? `V${number(run.bottom)}` : ''}`
  })
  const base = tip - head.length
  return (
    `<g class="edge"><path class="line" d="M${number(first.x)} ${number(first.top)}${first.bottom > first.top ? `V${number(first.bottom)}` : ''}${curves.join('')}" fill="none" stroke="${light.edge}" stroke-width="1.4"/>` +
    `<path class="head" d="M${number(x)} ${number(tip)}L${number(x + head.width / 2)} ${number(base)}H${number(x - head.width / 2)}Z" fill="${light.edge}"/></g>`
  )
}

/** A Bézier curve that is vertical at both ends. */
function curve(x0: number, y0: number, x1: number, y1: number): string {
  const middle = number((y0 + y1) / 2)
  return `C${number(x0)} ${middle} ${number(x1)} ${middle} ${number(x1)} ${number(y1)}`
}

/** One decimal, and no -0. */
function number(value: number): string {
  return String(Math.round(value * 10) / 10 + 0)
}
