import { type Key, splitKey } from '@cotangent/core'
import { classes, type Dataset, makeDataset, type TrainAndTest } from './dataset'
import { type Glyph, glyphs, type Point, type Stroke } from './glyphs'
import { type RandomStream, randomStream } from './random-stream'

// NOTE: this file uses only + - * / and square roots, which round the same way everywhere, so that a seed gives the
// same bits on every platform. Math.sin and Math.cos do not.

/** Pixels in a row and in a column. */
export const side = 20

/** Half the range of each property of a digit. The property is drawn uniformly around its mean. */
const spread = {
  /** Of each point of a stroke, in units of the digit's height. */
  jitter: 0.047,
  /** Of the horizontal shift of a point for each unit of height, around a lean of 0.1 to the right. */
  slant: 0.32,
  /** Of the tangent of half the angle: 0.1 is 11 degrees. */
  rotation: 0.09,
  /** Of the width and of the height, each as a factor. */
  width: 0.2,
  height: 0.13,
  /** In pixels. */
  shift: 1.3,
  /** Half the thickness of the pen, in pixels. */
  radius: 0.5,
  /** Of the ink's darkness. */
  contrast: 0.25,
}

const mean = { slant: 0.1, height: 14.5, width: 14.5, radius: 1.05, contrast: 0.75 }

/** The largest share of grey that noise adds to or takes from a pixel. */
const loudestNoise = 0.3

/** Positions between two points of a curve. */
const steps = 6

/** `mean + spread u` with u uniform in [-1, 1). */
function around(next: RandomStream, mean: number, spread: number): number {
  return mean + spread * (2 * next() - 1)
}

/**
 * Points on a Catmull-Rom spline: between p₁ and p₂, with p₀ before and p₃ behind,
 * `½ (2p₁ + (p₂ - p₀) t + (2p₀ - 5p₁ + 4p₂ - p₃) t² + (3p₁ - p₀ - 3p₂ + p₃) t³)`.
 */
function spline(p0: number, p1: number, p2: number, p3: number, t: number): number {
  return 0.5 * (2 * p1 + t * (p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * (p1 - p2) + p3 - p0))))
}

/** A stroke as the corners of a polyline. */
function polyline({ kind, points }: Stroke): readonly Point[] {
  if (kind === 'line') return points
  const n = points.length
  const at = (i: number) => (kind === 'loop' ? points[(i + n) % n] : points[Math.min(Math.max(i, 0), n - 1)])
  const corners: Point[] = [points[0]]
  for (let i = 0; i < (kind === 'loop' ? n : n - 1); i++) {
    const [a, b, c, d] = [at(i - 1), at(i), at(i + 1), at(i + 2)]
    for (let step = 1; step <= steps; step++) {
      const t = step / steps
      corners.push([spline(a[0], b[0], c[0], d[0], t), spline(a[1], b[1], c[1], d[1], t)])
    }
  }
  return corners
}

/** A random hand: where it puts a point of the frame, in pixels. */
function placement(next: RandomStream): (point: Point) => Point {
  const slant = around(next, mean.slant, spread.slant)
  // With t the tangent of half the angle, cos = (1 - t²)/(1 + t²) and sin = 2t/(1 + t²).
  const t = around(next, 0, spread.rotation)
  const [cos, sin] = [(1 - t * t) / (1 + t * t), (2 * t) / (1 + t * t)]
  const width = mean.width * around(next, 1, spread.width)
  const height = mean.height * around(next, 1, spread.height)
  const centreX = around(next, side / 2, spread.shift)
  const centreY = around(next, side / 2, spread.shift)
  return ([x, y]) => {
    const [u, v] = [(x - slant * y) * width, y * height]
    return [centreX + cos * u - sin * v, centreY + sin * u + cos * v]
  }
}

/** Distance of the point (x, y) from the line segment between two points. */
function distance(x: number, y: number, [ax, ay]: Point, [bx, by]: Point): number {
  const [dx, dy] = [bx - ax, by - ay]
  const length = dx * dx + dy * dy
  const along = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / length))
  const [ex, ey] = [x - ax - along * dx, y - ay - along * dy]
  return Math.sqrt(ex * ex + ey * ey)
}

/** Draws a line with a round pen. The ink on a pixel depends on the distance of its centre from the line. */
function ink(sheet: Float64Array, from: Point, to: Point, radius: number): void {
  const reach = radius + 0.5
  const first = (a: number, b: number) => Math.max(0, Math.floor(Math.min(a, b) - reach))
  const last = (a: number, b: number) => Math.min(side - 1, Math.floor(Math.max(a, b) + reach))
  for (let row = first(from[1], to[1]); row <= last(from[1], to[1]); row++)
    for (let column = first(from[0], to[0]); column <= last(from[0], to[0]); column++) {
      const covered = Math.min(1, reach - distance(column + 0.5, row + 0.5, from, to))
      if (covered > sheet[row * side + column]) sheet[row * side + column] = covered
    }
}

/** Draws one digit in a random hand into `pixels`, with grey levels from 0 to 255. */
export function drawDigit(glyph: Glyph, next: RandomStream, pixels: Uint8Array): void {
  const place = placement(next)
  const radius = around(next, mean.radius, spread.radius)
  const contrast = around(next, mean.contrast, spread.contrast)
  const noise = loudestNoise * next()
  const sheet = new Float64Array(side * side)
  for (const { kind, points } of glyph) {
    const moved = points.map(([x, y]): Point => [around(next, x, spread.jitter), around(next, y, spread.jitter)])
    const corners = polyline({ kind, points: moved }).map(place)
    for (let i = 1; i < corners.length; i++) ink(sheet, corners[i - 1], corners[i], radius)
  }
  for (let i = 0; i < pixels.length; i++) {
    const grey = contrast * sheet[i] + around(next, 0, noise)
    pixels[i] = Math.round(255 * Math.min(1, Math.max(0, grey)))
  }
}

/** Draws `count` digits, equally many of each, in random styles. The result depends on the key alone. */
export function drawDigits(key: Key, count: number): Dataset {
  const next = randomStream(key)
  const pixels = new Uint8Array(count * side * side)
  const labels = Uint8Array.from({ length: count }, (_, i) => i % classes)
  labels.forEach((label, i) => {
    const styles = glyphs[label]
    const glyph = styles[Math.floor(next() * styles.length)]
    drawDigit(glyph, next, pixels.subarray(i * side * side, (i + 1) * side * side))
  })
  return makeDataset(side, side, pixels, labels)
}

/** Digits to train on (default: as many as the tutorial has), and others to test on. */
export function drawTrainAndTest(key: Key, { train = 5000, test = 1000 } = {}): TrainAndTest {
  const [trainKey, testKey] = splitKey(key)
  return { train: drawDigits(trainKey, train), test: drawDigits(testKey, test) }
}
