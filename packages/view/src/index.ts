export { toSVG } from './to-svg'
export type { SVGOptions } from './to-svg'
