// Renders a component again only when one of its properties changes.

import { Component, type FunctionComponent } from 'preact'

export function memo<P extends object>(of: FunctionComponent<P>): new () => Component<P> {
  const Of = of
  return class extends Component<P> {
    override shouldComponentUpdate(next: P) {
      const now = this.props as Record<string, unknown>
      return Object.entries(next).some(([name, value]) => now[name] !== value)
    }

    override render(props: P) {
      return <Of {...props} />
    }
  }
}
