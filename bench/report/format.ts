const units: readonly (readonly [seconds: number, unit: string])[] = [
  [1, 's'],
  [1e-3, 'ms'],
  [1e-6, 'µs'],
  [1e-9, 'ns'],
]

/** Three digits of a duration, in the largest unit that leaves something before the point. */
export function formatSeconds(seconds: number): string {
  const [size, unit] = units.find(([size]) => seconds >= size) ?? units[units.length - 1]
  return `${digits(seconds / size)} ${unit}`
}

/** `0.051×`, `1.00×`, `13.4×`, `250×`. */
export function formatRatio(ratio: number): string {
  return `${digits(ratio)}×`
}

/** Three digits without an exponent. */
export function digits(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value)
  const places = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))))
  return value.toFixed(places)
}
