export * from './types/otel.js'
