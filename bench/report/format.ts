const units: readonly (readonly [seconds: number, unit: string])[] = [
  [1, 's'],
  [1e-3, 'ms'],
  [1e-6, 'µs'],
  [1e-9, 'ns'],
]

/** A duration with three digits, in the largest unit in which it is at least 1. */
export function formatSeconds(seconds: number): string {
  const [size, unit] = units.find(([size]) => seconds >= size) ?? units[units.length - 1]
  return `${digits(seconds / size)} ${unit}`
}

/** `0.051×`, `1.00×`, `13.4×`, `250×`. */
export function formatRatio(ratio: number): string {
  return `${digits(ratio)}×`
}

/** A number with three digits and no exponent. */
export function digits(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value)
  const places = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))))
  return value.toFixed(places)
}
