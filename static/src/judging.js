// The review page: how far it is, and from criterion to criterion by keyboard.
function headings () {
  return [...document.querySelectorAll('.app-judging > h2')]
}

function go (by) {
  const all = headings()
  const here = document.activeElement?.closest('.app-judging')
  const at = here ? all.findIndex((one) => here.contains(one)) : -1
  const to = all[at + by]
  if (!to) return false
  to.focus({ preventScroll: true })
  to.scrollIntoView({ block: 'start' })
  return true
}

export function startJudging () {
  const nav = document.querySelector('[data-judged]')
  const form = document.querySelector('.app-judging')?.closest('form')
  if (!nav || !form) return

  const show = () => {
    let judged = 0
    for (const link of nav.querySelectorAll('[data-judged-by]')) {
      const done = Boolean(form.querySelector(`[name="${link.dataset.judgedBy}"]:checked`))
      judged += done
      link.classList.toggle('app-judged__link--done', done)
      link.querySelector('.govuk-visually-hidden').textContent = done ? ' judged' : ' not judged yet'
    }
    nav.querySelector('[data-judged-count]').textContent = judged
  }
  form.addEventListener('change', show)
  form.addEventListener('app:put-back', show, true)
  show()

  document.addEventListener('keydown', (event) => {
    if (event.altKey && !event.ctrlKey && !event.metaKey && ['PageDown', 'PageUp'].includes(event.key)) {
      if (go(event.key === 'PageDown' ? 1 : -1)) event.preventDefault()
      return
    }
    // Only where a judgement has the focus: elsewhere digits are text, or a screen reader's own keys.
    const radio = event.target
    if (event.altKey || event.ctrlKey || event.metaKey || !/^[1-9]$/.test(event.key) || radio.type !== 'radio' || !form.contains(radio)) return
    const choice = form.elements[radio.name]?.[Number(event.key) - 1]
    if (!choice) return
    event.preventDefault()
    choice.focus()
    choice.click()
  })
}
