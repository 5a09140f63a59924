// The words of a form: what a person types, chooses and ticks. Never passwords, files, or what is hidden, but
// for the marks that say which text a page was opened with.
const NEVER = ['password', 'file', 'submit', 'button', 'reset', 'image']
const isMark = (element) => /^(seen|mark_)/.test(element.name)

function controls (form) {
  return [...form.elements].filter((one) => one.name && !one.disabled && one.name !== 'csrfmiddlewaretoken' &&
    !NEVER.includes(one.type) && (one.type !== 'hidden' || isMark(one)))
}

const ticks = (one) => one.type === 'checkbox' || one.type === 'radio'

// { name: [values] }; a box that isn't ticked stands there with no value.
export function fieldsOf (form) {
  const fields = {}
  for (const one of controls(form)) {
    fields[one.name] = fields[one.name] || []
    if (one.tagName === 'SELECT') fields[one.name].push(...[...one.selectedOptions].map((option) => option.value))
    else if (!ticks(one)) fields[one.name].push(one.value)
    else if (one.checked) fields[one.name].push(one.value)
  }
  return fields
}

export function hasWords (form) {
  const some = controls(form)
  return some.some((one) => one.type !== 'hidden') && !form.querySelector('input[type=password]')
}

export const isMarkName = (name) => isMark({ name })
const lines = (values) => (values || []).map((value) => String(value).replace(/\r\n?/g, '\n'))
export const same = (one, other) => JSON.stringify(lines(one)) === JSON.stringify(lines(other))

// What differs, names of marks left out.
export function changedNames (before, now) {
  return Object.keys(now).filter((name) => !isMarkName(name) && !same(before[name], now[name]))
}

export function putInto (form, fields) {
  const used = {}
  for (const one of controls(form)) {
    if (!(one.name in fields)) continue
    const values = lines(fields[one.name])
    if (one.tagName === 'SELECT') for (const option of one.options) option.selected = values.includes(option.value)
    else if (ticks(one)) one.checked = values.includes(one.value)
    else {
      const at = used[one.name] || 0
      used[one.name] = at + 1
      if (at < values.length) one.value = values[at]
    }
    if (!isMark(one)) {
      const folded = one.closest('details')
      if (folded && one.value) folded.open = true
    }
    one.dispatchEvent(new CustomEvent('app:put-back'))
  }
}
