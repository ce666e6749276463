// The equations of layers in plain loops over float64 numbers. Nothing here comes from the library. Images have the
// channels last.

/** A dense array in row-major order. */
export interface Grid {
  readonly shape: readonly number[]
  readonly data: readonly number[]
}

interface Kernel {
  /** `[out, in / groups, rows, columns]`, or `[in, out / groups, rows, columns]` of a transpose. */
  readonly weight: Grid
  readonly bias: readonly number[] | null
}

interface Windows {
  readonly stride: readonly number[]
  readonly padding: readonly number[]
  readonly dilation: readonly number[]
  readonly groups: number
}

/** The element at an index. */
function at({ shape, data }: Grid, ...index: readonly number[]): number {
  return data[index.reduce((offset, i, axis) => offset * shape[axis] + i, 0)]
}

/** An array of the numbers that `f` gives at each index. */
function fill(shape: readonly number[], f: (...index: number[]) => number): Grid {
  const data: number[] = []
  const walk = (index: number[]): void => {
    if (index.length === shape.length) data.push(f(...index))
    else for (let i = 0; i < shape[index.length]; i++) walk([...index, i])
  }
  walk([])
  return { shape, data }
}

/** `y[n, h, w, o] = b[o] + Σ_c,i,j x[n, h s + i d - p, w s + j d - p, c] k[o, c, i, j]`, c in the group of o. */
export function convolution(x: Grid, { weight, bias }: Kernel, { stride, padding, dilation, groups }: Windows): Grid {
  const [batch, height, width] = x.shape
  const [outputs, perGroup, rows, columns] = weight.shape
  const count = (size: number, kernel: number, i: number) =>
    Math.floor((size + 2 * padding[i] - dilation[i] * (kernel - 1) - 1) / stride[i]) + 1
  return fill([batch, count(height, rows, 0), count(width, columns, 1), outputs], (n, h, w, o) => {
    const group = Math.floor(o / (outputs / groups))
    let total = bias === null ? 0 : bias[o]
    for (let c = 0; c < perGroup; c++)
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++) {
          const [r, q] = [h * stride[0] + i * dilation[0] - padding[0], w * stride[1] + j * dilation[1] - padding[1]]
          if (r >= 0 && r < height && q >= 0 && q < width)
            total += at(x, n, r, q, group * perGroup + c) * at(weight, o, c, i, j)
        }
    return total
  })
}

/** Each `x[n, r, q, c]` is spread over the elements `[r s + i d - p, q s + j d - p]` with weights `k[c, o, i, j]`. */
export function transposedConvolution(
  x: Grid,
  { weight, bias }: Kernel,
  { stride, padding, dilation, groups }: Windows,
): Grid {
  const [batch, height, width, inputs] = x.shape
  const [, perGroup, rows, columns] = weight.shape
  const count = (size: number, kernel: number, i: number) =>
    stride[i] * (size - 1) + dilation[i] * (kernel - 1) + 1 - 2 * padding[i]
  return fill([batch, count(height, rows, 0), count(width, columns, 1), perGroup * groups], (n, h, w, o) => {
    const group = Math.floor(o / perGroup)
    let total = bias === null ? 0 : bias[o]
    for (let r = 0; r < height; r++)
      for (let q = 0; q < width; q++)
        for (let i = 0; i < rows; i++)
          for (let j = 0; j < columns; j++)
            if (
              r * stride[0] + i * dilation[0] - padding[0] === h &&
              q * stride[1] + j * dilation[1] - padding[1] === w
            )
              for (let c = 0; c < inputs / groups; c++) {
                const input = group * (inputs / groups) + c
                total += at(x, n, r, q, input) * at(weight, input, o - group * perGroup, i, j)
              }
    return total
  })
}

/** What `f` makes of the elements of x in each window. */
export function pooling(
  x: Grid,
  { size, stride, padding }: Pick<Windows, 'stride' | 'padding'> & { readonly size: readonly number[] },
  f: (elements: readonly number[]) => number,
): Grid {
  const [batch, height, width, channels] = x.shape
  const count = (length: number, i: number) => Math.floor((length + 2 * padding[i] - size[i]) / stride[i]) + 1
  return fill([batch, count(height, 0), count(width, 1), channels], (n, h, w, c) => {
    const elements: number[] = []
    for (let i = 0; i < size[0]; i++)
      for (let j = 0; j < size[1]; j++) {
        const [r, q] = [h * stride[0] + i - padding[0], w * stride[1] + j - padding[1]]
        if (r >= 0 && r < height && q >= 0 && q < width) elements.push(at(x, n, r, q, c))
      }
    return f(elements)
  })
}

/** `γ (x - m) / √(v + ε) + β` of the last axes, as many elements as γ; without the mean, `γ x / √(mean(x²) + ε)`. */
export function lastNormalization(
  { shape, data }: Grid,
  weight: readonly number[],
  bias: readonly number[] | null,
  epsilon: number,
  isCentered: boolean,
): Grid {
  const size = weight.length
  const out = data.map((value, i) => {
    const from = Math.floor(i / size) * size
    const own = data.slice(from, from + size)
    const mean = isCentered ? own.reduce((a, b) => a + b) / size : 0
    const spread = own.reduce((total, each) => total + (each - mean) ** 2, 0) / size
    return (weight[i % size] * (value - mean)) / Math.sqrt(spread + epsilon) + (bias?.[i % size] ?? 0)
  })
  return { shape, data: out }
}

/** `γ (x - m) / √(v + ε) + β` with mean and variance of each group of channels of `[positions, channels]`. */
export function groupNormalization(
  x: Grid,
  weight: readonly number[],
  bias: readonly number[],
  groups: number,
  epsilon: number,
): Grid {
  const [, positions, channels] = x.shape
  const perGroup = channels / groups
  return fill(x.shape, (n, p, c) => {
    const group = Math.floor(c / perGroup)
    const own: number[] = []
    for (let r = 0; r < positions; r++) for (let i = 0; i < perGroup; i++) own.push(at(x, n, r, group * perGroup + i))
    const mean = own.reduce((a, b) => a + b) / own.length
    const spread = own.reduce((total, each) => total + (each - mean) ** 2, 0) / own.length
    return (weight[c] * (at(x, n, p, c) - mean)) / Math.sqrt(spread + epsilon) + bias[c]
  })
}

/** The rows of a table. */
export function lookup(table: Grid, places: readonly number[], shape: readonly number[]): Grid {
  const features = table.shape[1]
  return {
    shape: [...shape, features],
    data: places.flatMap((place) => Array.from({ length: features }, (_, j) => at(table, place, j))),
  }
}
