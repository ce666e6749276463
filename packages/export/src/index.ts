export { ExportError } from './errors'
