export * from './types/callback.js'
export * from './types/client.js'
export * from './types/event.js'
export * from './types/message.js'

/** Everything that the package exports, as one object. */
declare const linkwa: typeof import('./index.js')
export default linkwa

/** The version of this package. */
export declare const version: string
