// A button of a message, which its user can press.

import { Icon } from '../icons.tsx'

interface Props {
  label: string
  /** Whether the user has pressed it. */
  pressed: boolean
  onPress: () => void
}

export function Press({ label, pressed, onPress }: Props) {
  return (
    <button type="button" class="press" aria-label={pressed ? `${label}, pressed` : undefined} onClick={onPress}>
      <Icon name={pressed ? 'check' : 'reply'} size={15} /> {label}
    </button>
  )
}
