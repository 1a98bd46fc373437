import { render } from 'preact'
import { App } from './app.tsx'
import { listen } from './state/live.ts'
import './style/index.css'

const root = document.getElementById('app')
if (root) {
  listen()
  render(<App />, root)
}
