// A conversation that stands open: what others write comes in by itself, while somebody looks at the page.
const EVERY = 20000

export function startTalk () {
  const talk = document.querySelector('[data-talk]')
  const list = document.getElementById('talk-messages')
  if (!talk || !list) return
  let stopped = false
  const look = () => {
    if (stopped || document.visibilityState !== 'visible' || !navigator.onLine) return
    talk.dispatchEvent(new Event('look'))
  }
  setInterval(look, Number(talk.dataset.every) || EVERY)
  document.addEventListener('visibilitychange', look)
  talk.addEventListener('htmx:responseError', (event) => {
    if (![401, 403, 404].includes(event.detail.xhr.status)) return
    stopped = true
    const words = event.detail.xhr.status === 401
      ? 'You’ve been signed out. Sign in again to see new messages.'
      : 'You can’t read this conversation any more.'
    const note = Object.assign(document.createElement('p'), { className: 'govuk-inset-text', textContent: words })
    note.setAttribute('role', 'status')
    talk.before(note)
  })
  list.addEventListener('htmx:afterSwap', () => {
    if (!list.hidden) return
    list.hidden = false
    document.querySelector('[data-talk] ~ .app-empty')?.remove()
  })
}
